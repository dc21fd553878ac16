"""Sends of triggered campaigns whose process crashes at any step: each recipient gets one mail."""

import gzip
import json
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.campaigns.acts import CampaignActs
from postrider.campaigns.children.audiences import AudienceStore
from postrider.campaigns.children.fetching import PeopleFetchJob
from postrider.campaigns.children.model import FileAudience, NamedAudience, NamedPerson
from postrider.campaigns.children.repository import ChildRepository
from postrider.campaigns.children.service import FETCH_PEOPLE, CampaignChildren
from postrider.campaigns.repository import CampaignRepository
from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.delivery.rules import MISSED
from postrider.kit.errors import Invalid
from postrider.tasks.model import TaskType
from tests.functional.delivery.world import Killed, Traps
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.overrides import overridden

STEPS = (
    "children.allocate_number",
    "children.add_child",
    "audiences.save_people",
    "acts.act",
    "delivery.schedule_start",
)
DEATHS = [*(f"before {step}" for step in STEPS), "after acts.act", "after delivery.schedule_start"]
IN_JOB = DEATHS[2:]
URL = "https://files.example.com/people"


class Fetcher:
    """Serve a file, and count how often it was fetched."""

    def __init__(self, body):
        self.body, self.fetches = body, 0

    @contextmanager
    def fetch(self, url, *, max_bytes):
        assert url == URL
        self.fetches += 1
        yield iter([self.body[:40], self.body[40:]])


@pytest.fixture
def mailer(platform):
    mailer = MemoryMailer(platform.clock, rate=1000)
    with overridden(mailer=mailer):
        yield mailer


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def list_id(owner):
    return make_list(owner)


@pytest.fixture(scope="module")
def emails(owner, list_id):
    emails = [f"{name}.{owner.account_id}@example.com" for name in "abc"]
    add_contacts(owner, list_id, *emails)
    return emails


@pytest.fixture(scope="module")
def parent_id(owner, list_id):
    return make_campaign(owner, list_id=list_id, triggered=True)


@pytest.fixture
def traps():
    return Traps()


@pytest.fixture
def children(platform, mailer, traps):
    stored = traps.around("children", ChildRepository(CampaignRepository(bootstrap.object_store())))
    acts = CampaignActs(traps.around("acts", CampaignRepository(bootstrap.object_store())), platform.clock)
    return CampaignChildren(
        stored,
        acts,
        traps.around("audiences", AudienceStore(bootstrap.object_store())),
        bootstrap.contacts(),
        bootstrap.campaign_requirements(),
        traps.around("delivery", bootstrap.delivery()),
        bootstrap.tasks(),
        bootstrap.task_runner(),
        platform.clock,
    )


def named(emails):
    return NamedAudience(
        people=[
            NamedPerson(line=line, identifier=Identifier.email(email)) for line, email in enumerate(emails, start=1)
        ]
    )


def settle(platform):
    platform.drain("plan-runs", "send-chunks")
    platform.clock.move(MISSED + timedelta(minutes=1))
    platform.sweep()
    platform.drain()


def copies(mailer):
    return Counter(mail.to for _, mail, _ in mailer.accepted)


@pytest.mark.parametrize("point", DEATHS)
def test_a_death_in_a_call_sends_all_or_nothing_and_never_twice(
    platform, mailer, traps, children, owner, parent_id, emails, point
):
    traps.kill(point)
    with pytest.raises(Killed):
        children.send_again(owner.account_id, parent_id, audience=named(emails))
    settle(platform)
    is_ordered = point in ("after acts.act", "before delivery.schedule_start", "after delivery.schedule_start")
    assert copies(mailer) == (dict.fromkeys(emails, 1) if is_ordered else {})
    assert children.send_again(owner.account_id, parent_id, audience=named(emails)).status == "scheduled"
    settle(platform)
    assert copies(mailer) == dict.fromkeys(emails, 2 if is_ordered else 1), "the call that was repeated"


@pytest.mark.parametrize("point", IN_JOB)
def test_a_file_is_sent_once_however_often_its_task_is_repeated(
    platform, mailer, traps, children, owner, parent_id, emails, point
):
    fetcher = Fetcher("\n".join(json.dumps({"email": email}) for email in emails).encode())
    child = children.send_again(owner.account_id, parent_id, audience=FileAudience(url=URL))
    assert child.status == "incomplete"
    (task,) = tasks_of(owner, child)
    job = PeopleFetchJob(bootstrap.campaigns(), children, fetcher)
    traps.kill(point)
    with suppress(Killed):
        job.run(task, FETCH_PEOPLE)
    assert traps.passed[point] == 1
    job.run(task, FETCH_PEOPLE)
    settle(platform)
    job.run(task, FETCH_PEOPLE)
    settle(platform)
    assert copies(mailer) == dict.fromkeys(emails, 1)
    assert bootstrap.campaigns().get(owner.account_id, child.id).status == "delivered"


def test_two_concurrent_readings_of_a_file_send_one_of_their_results(
    platform, mailer, traps, children, owner, parent_id, emails
):
    """The file has changed between them; the audience of the sending is that of the first."""
    child = children.send_again(owner.account_id, parent_id, audience=FileAudience(url=URL))
    (task,) = tasks_of(owner, child)
    first = PeopleFetchJob(bootstrap.campaigns(), children, Fetcher(json.dumps({"email": emails[0]}).encode()))
    late = PeopleFetchJob(bootstrap.campaigns(), children, Fetcher(json.dumps({"email": emails[1]}).encode()))
    traps.set("before acts.act", lambda: first.run(task, FETCH_PEOPLE) and None)
    late.run(task, FETCH_PEOPLE)
    settle(platform)
    assert copies(mailer) == {emails[0]: 1}


def tasks_of(owner, child):
    return [
        task
        for task in bootstrap.tasks().all(owner.account_id)
        if task.type == TaskType.PEOPLE_FETCH and task.payload["campaign_id"] == child.id
    ]


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_file_over_the_worker(platform, mailer, owner, parent_id, emails, is_compressed):
    lines = [
        {"email": emails[0].upper(), "data": {"x": 1}},
        {"email": "nobody@example.com"},
        {"email": emails[1]},
        {"email": emails[0], "data": {"x": 2}},
    ]
    body = b"\n\n".join(json.dumps(line).encode() for line in lines)
    with overridden(fetcher=Fetcher(gzip.compress(body) if is_compressed else body)):
        audience = FileAudience(url=URL, may_be_unknown=frozenset({IdentifierKind.EMAIL}))
        child = bootstrap.campaign_children().send_again(owner.account_id, parent_id, audience=audience)
        settle(platform)
    assert copies(mailer) == {emails[0]: 1, emails[1]: 1}
    assert bootstrap.campaigns().get(owner.account_id, child.id).recipients == 2


def test_a_file_with_problems_is_not_sent_and_names_its_lines(platform, mailer, owner, parent_id, emails):
    body = "\n".join(
        [
            json.dumps({"email": emails[0]}),
            "{broken",
            json.dumps({"id": "1", "email": emails[0]}),
            json.dumps({"email": "nobody@example.com"}),
            json.dumps({"email": emails[1], "data": [1]}),
            json.dumps({"id": "unknown-person"}),
        ]
    )
    with overridden(fetcher=Fetcher(body.encode())):
        child = bootstrap.campaign_children().send_again(owner.account_id, parent_id, audience=FileAudience(url=URL))
        settle(platform)
    assert copies(mailer) == {}
    refused = bootstrap.campaigns().get(owner.account_id, child.id)
    assert (refused.status, refused.problems) == ("incomplete", 5)
    assert bootstrap.campaign_children().problems(refused) == [
        "line 2: expected a JSON object",
        "line 3: expected either an id or an email",
        "line 4: no person has the address 'nobody@example.com'",
        "line 5: expected an object as data",
        "line 6: no person has the id 'unknown-person'",
    ]


def test_a_file_that_cannot_be_used_says_why(platform, mailer, owner, parent_id):
    bomb = gzip.compress(b"\n" * (26 * 1024 * 1024))
    broken = gzip.compress(b'{"id": "1"}')[:-4]
    for body, reason in (
        (bomb, "more than 26214400 bytes"),
        (broken, "incomplete"),
        (b"\x1f\x8b" + bytes(20), "is invalid"),
    ):
        with overridden(fetcher=Fetcher(body)):
            child = bootstrap.campaign_children().send_again(
                owner.account_id, parent_id, audience=FileAudience(url=URL)
            )
            settle(platform)
        assert reason in bootstrap.campaigns().get(owner.account_id, child.id).refusal
    with pytest.raises(Invalid, match="cannot be sent again"):
        bootstrap.campaign_children().send_again(owner.account_id, child.id)

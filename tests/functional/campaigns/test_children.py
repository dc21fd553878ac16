"""Children of triggered campaigns: sent again and again, each with its own audience, data, run and counts."""

import json
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.campaigns.children.model import NamedAudience, NamedPerson
from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.kit.errors import Invalid
from postrider.mail_events.model import EventType
from postrider.mail_events.source import MailSource
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import event
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.overrides import overridden


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def mailer(platform):
    mailer = MemoryMailer(platform.clock, rate=1000)
    with overridden(mailer=mailer):
        yield mailer


@pytest.fixture
def list_id(owner):
    return make_list(owner)


@pytest.fixture
def people(owner, list_id):
    return add_contacts(owner, list_id, *(f"{name}.{owner.account_id}@example.com" for name in "abc"))


def make_parent(owner, list_id, **fields):
    return make_campaign(owner, list_id=list_id, triggered=True, **fields)


def send_again(owner, campaign_id, status=201, **body):
    answer = owner.api.post(f"/campaigns/{campaign_id}/send-again", json=body)
    assert answer.status == status, answer.text
    return answer.json


def receivers(mailer):
    return sorted(mail.to.partition(".")[0] for _, mail, _ in mailer.accepted)


def test_each_sending_is_a_campaign_of_its_own(owner, platform, mailer, list_id, people):
    parent_id = make_parent(owner, list_id)
    answers = [send_again(owner, parent_id) for _ in range(2)]
    assert answers[0]["warnings"][0]["type"] == "no_postal_address"
    first, second = (answer["data"] for answer in answers)
    assert [(child["parent_id"], child["number"], child["triggered"]) for child in (first, second)] == [
        (parent_id, 1, False),
        (parent_id, 2, False),
    ]
    platform.drain()
    assert receivers(mailer) == ["a", "a", "b", "b", "c", "c"]
    for child in (first, second):
        assert owner.api.get(f"/campaigns/{child['id']}").json["data"]["status"] == "delivered"
        assert owner.api.get(f"/campaigns/{child['id']}/progress").json["data"]["sent"] == 3
    parent = owner.api.get(f"/campaigns/{parent_id}").json["data"]
    assert (parent["status"], parent["triggered"]) == ("incomplete", True)


def test_listings_have_the_parent_and_its_page_has_the_sends(owner, platform, mailer, list_id, people):
    other_id, parent_id = make_campaign(owner, list_id=list_id), make_parent(owner, list_id)
    ids = [send_again(owner, parent_id, contact_ids=people[:1])["id"] for _ in range(3)]
    for sort in ("created_on", "name", "scheduled_for", "-scheduled_for", "updated_on", "scheduled_on"):
        answer = owner.api.get("/campaigns", query={"sort": sort, "with_count": "true"}).json
        assert {campaign["id"] for campaign in answer["data"]} == {other_id, parent_id}, sort
        assert answer["pagination"]["count"] == 2
    page = owner.api.get(f"/campaigns/{parent_id}/sends", query={"per_page": "2"}).json
    assert [child["id"] for child in page["data"]] == ids[:0:-1]
    rest = owner.api.get(f"/campaigns/{parent_id}/sends", query={"per_page": "2", "before": str(page["before"])}).json
    assert [child["id"] for child in rest["data"]] == ids[:1]
    assert rest["before"] is None


def test_a_sending_keeps_the_content_of_its_moment(owner, platform, mailer, list_id, people):
    parent_id = make_parent(owner, list_id)
    child_id = send_again(owner, parent_id, date=int((platform.clock() + timedelta(hours=1)).timestamp()))["id"]
    owner.api.patch(f"/campaigns/{parent_id}", json={"content": {"subject": "Changed"}})
    platform.clock.move(timedelta(hours=1, seconds=5))
    platform.ring()
    platform.drain()
    assert receivers(mailer) == ["a", "b", "c"]
    assert all(b"Subject: News for" in mail.message for _, mail, _ in mailer.accepted)
    assert owner.api.get(f"/campaigns/{child_id}").json["data"]["content"]["subject"] == "News for [email]"


def test_a_sending_to_a_segment_or_a_filter(owner, platform, mailer, list_id, people):
    parent_id = make_parent(owner, list_id)
    query = f'`email` = "b.{owner.account_id}@example.com"'
    segment_id = owner.api.post(f"/lists/{list_id}/segments", json={"name": "s", "query": query}).json["id"]
    send_again(owner, parent_id, segment_id=segment_id)
    platform.drain()
    send_again(owner, parent_id, query=query.replace('"b.', '"c.'))
    platform.drain()
    assert receivers(mailer) == ["b", "c"]


def test_named_people_who_left_are_counted_and_get_nothing(owner, platform, mailer, list_id, people):
    parent_id = make_parent(owner, list_id)
    owner.api.post(f"/lists/{list_id}/contacts/{people[0]}/unsubscribe")
    child = send_again(owner, parent_id, contact_ids=people[:2])
    assert child["data"]["recipients"] == 2
    platform.drain()
    assert receivers(mailer) == ["b"]
    progress = owner.api.get(f"/campaigns/{child['id']}/progress").json["data"]
    assert (progress["planned"], progress["sent"], progress["skipped"]) == (2, 1, 1)


def test_unknown_people_refuse_the_sending_and_are_listed(owner, platform, mailer, list_id, people):
    parent_id = make_parent(owner, list_id)
    others = add_contacts(owner, make_list(owner), "x@example.com")
    refused = send_again(owner, parent_id, status=400, contact_ids=[people[0], others[0], 999_999_999])
    assert "2 of the named people" in json.dumps(refused)
    (child,) = owner.api.get(f"/campaigns/{parent_id}/sends").json["data"]
    problems = owner.api.get(f"/campaigns/{child['id']}/problems").json["data"]
    assert problems == [f"line 2: there is no contact '{others[0]}'", "line 3: there is no contact '999999999'"]
    platform.drain()
    assert receivers(mailer) == []
    assert owner.api.get(f"/campaigns/{child['id']}").json["data"]["refusal"].startswith("2 of the named people")
    for act in ("schedule", "archive", "unschedule", "suspend"):
        assert owner.api.post(f"/campaigns/{child['id']}/{act}").status == 400, act
    assert owner.api.delete(f"/campaigns/{child['id']}").status == 400


def test_unknown_people_may_be_left_out(owner, platform, mailer, list_id, people):
    parent_id = make_parent(owner, list_id)
    named = [
        NamedPerson(line=1, identifier=Identifier.email(f"A.{owner.account_id}@example.com")),
        NamedPerson(line=2, identifier=Identifier.email("nobody@example.com")),
        NamedPerson(line=3, identifier=Identifier.contact_id(people[0])),
    ]
    audience = NamedAudience(people=named, may_be_unknown=frozenset({IdentifierKind.EMAIL}))
    child = bootstrap.campaign_children().send_again(owner.account_id, parent_id, audience=audience)
    platform.drain()
    assert (child.recipients, receivers(mailer)) == (1, ["a"])


def test_operations_of_a_triggered_campaign_and_its_sends(owner, platform, mailer, list_id, people):
    parent_id, plain_id = make_parent(owner, list_id), make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{parent_id}/schedule").status == 400
    send_again(owner, plain_id, status=400)
    child_id = send_again(owner, parent_id, date=int((platform.clock() + timedelta(days=1)).timestamp()))["id"]
    send_again(owner, child_id, status=400)
    assert owner.api.patch(f"/campaigns/{child_id}", json={"name": "x"}).status == 400
    for act in ("suspend", "resume", "cancel"):
        assert owner.api.post(f"/campaigns/{child_id}/{act}").status == 200, act
    assert owner.api.get(f"/campaigns/{child_id}").json["data"]["status"] == "delivered"
    assert owner.api.delete(f"/campaigns/{parent_id}").status == 400, "its content is needed"
    assert owner.api.post(f"/campaigns/{parent_id}/archive").status == 200
    send_again(owner, parent_id, status=400)
    platform.clock.move(timedelta(days=2))
    platform.ring()
    platform.drain()
    assert receivers(mailer) == []
    unsent_id = make_parent(owner, list_id)
    assert owner.api.delete(f"/campaigns/{unsent_id}").status == 200


def test_an_incomplete_parent_is_not_sent(owner, platform, list_id, people):
    campaign_id = owner.api.post("/campaigns", json={"name": "x", "triggered": True}).json["id"]
    send_again(owner, campaign_id, status=400)
    assert owner.api.get(f"/campaigns/{campaign_id}/sends").json["data"] == []


def test_a_call_names_a_bounded_number_of_people_and_data(owner, platform, list_id, people):
    parent_id = make_parent(owner, list_id)
    children = bootstrap.campaign_children()
    named = [NamedPerson(line=line, identifier=Identifier.contact_id(line)) for line in range(10_001)]
    with pytest.raises(Invalid, match="at most 10000"):
        children.send_again(owner.account_id, parent_id, audience=NamedAudience(people=named))
    with pytest.raises(Invalid, match="The data is larger"):
        children.send_again(owner.account_id, parent_id, data={"x": "y" * 200_000})
    send_again(owner, parent_id, status=400, date=int((platform.clock() + timedelta(days=91)).timestamp()))
    assert not list(bootstrap.campaigns().children(owner.account_id, parent_id))


def test_data_is_shown_by_its_mails(owner, platform, mailer, list_id, people):
    content = {
        "subject": "{{ trigger.title }} for you",
        "html": '<p>{{ trigger.offer }}</p><a href="[UNSUBSCRIBE]">x</a>',
    }
    parent_id = make_parent(owner, list_id, content=content)
    named = [
        NamedPerson(line=1, identifier=Identifier.contact_id(people[0]), data={"offer": "<b>One</b>"}),
        NamedPerson(line=2, identifier=Identifier.contact_id(people[1]), data={"offer": "Two", "title": "Own"}),
        NamedPerson(line=3, identifier=Identifier.contact_id(people[2])),
    ]
    child = bootstrap.campaign_children().send_again(
        owner.account_id, parent_id, audience=NamedAudience(people=named), data={"title": "All"}
    )
    platform.drain()
    messages = {mail.to[0]: mail.message.decode() for _, mail, _ in mailer.accepted}
    assert sorted(messages) == ["a", "b"], "the third has no offer"
    assert "Subject: All for you" in messages["a"]
    assert "&lt;b&gt;One" in messages["a"]
    assert "Subject: Own for you" in messages["b"]
    progress = owner.api.get(f"/campaigns/{child.id}/progress").json["data"]
    assert (progress["sent"], progress["failed"]) == (2, 1)


def test_the_report_of_the_parent_adds_up_its_sends(owner, platform, mailer, list_id, people):
    parent_id = make_parent(owner, list_id)
    children = [send_again(owner, parent_id, contact_ids=chosen)["id"] for chosen in (people, people[:2])]
    platform.drain()
    for child_id, openers in zip(children, (people[:2], people[:1]), strict=True):
        for contact_id in openers:
            opened = event(
                EventType.CLICKED,
                contact_id,
                source=MailSource.campaign(child_id),
                account_id=owner.account_id,
                list_id=list_id,
                link_id=1,
                at_ms=int((platform.clock() + timedelta(hours=1)).timestamp() * 1000),
            )
            assert bootstrap.events().record([opened]) == []

    def report_of(campaign_id):
        return owner.api.get(f"/reports/campaigns/{campaign_id}").json["data"]

    summed, single = report_of(parent_id), [report_of(child_id) for child_id in children]
    for name in ("sent_emails", "unique_clicks", "clicks"):
        assert summed[name] == sum(report[name] for report in single) > 0, name
    links = owner.api.get(f"/reports/campaigns/{parent_id}/links").json["data"]
    assert [(link["link"], link["unique"]) for link in links] == [("https://example.com/offer", 3)]
    assert owner.api.get(f"/reports/campaigns/{parent_id}/series").status == 400
    assert owner.api.get(f"/reports/campaigns/{children[0]}/series").status == 200

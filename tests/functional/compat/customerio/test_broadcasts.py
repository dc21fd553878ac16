"""Broadcasts over Customer.io's App API: triggered in six shapes, one in 10 seconds, to people who exist."""

import gzip
import json
from contextlib import contextmanager
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.overrides import overridden

CONTENT = {
    "subject": "{{ trigger.title | default: 'News' }}",
    "html": '<p>{{ trigger.offer | default: "no offer" }}</p><a href="[UNSUBSCRIBE]">Leave</a>',
}
NAMES = ("ann", "bob", "cyd")


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def client(owner):
    return make_client(owner)


@pytest.fixture(scope="module")
def people(owner):
    """Three people with ids and addresses, and one with an id alone, on the default list."""
    list_id = bootstrap.lists().default(owner.account_id).id
    create = bootstrap.contacts().upserts.create
    for name in NAMES:
        create(owner.account_id, list_id, email=address(owner, name), external_id=f"{name}/1")
    create(owner.account_id, list_id, email=None, external_id="silent")
    return list_id


@pytest.fixture(scope="module")
def broadcast_id(owner, people):
    return make_campaign(owner, list_id=people, triggered=True, content=CONTENT)


@pytest.fixture
def mailer(platform):
    mailer = MemoryMailer(platform.clock, rate=1000)
    with overridden(mailer=mailer):
        yield mailer


def address(owner, name):
    return f"{name}.{owner.account_id}@example.com"


def trigger(client, broadcast_id, body=None, **options):
    return client.post(f"/v1/campaigns/{broadcast_id}/triggers", body, **options)


def received(platform, mailer):
    """The subjects and whether an offer was shown, by name."""
    platform.drain()
    return {
        mail.to.partition(".")[0]: (
            next(line[9:] for line in mail.message.decode().splitlines() if line.startswith("Subject: ")),
            "no offer" not in mail.message.decode(),
        )
        for _, mail, _ in mailer.accepted
    }


def test_a_trigger_without_audience_sends_to_that_of_the_broadcast(client, platform, mailer, broadcast_id):
    first = trigger(client, broadcast_id).json["id"]
    assert received(platform, mailer) == dict.fromkeys(NAMES, ("News", False))
    second = trigger(client, broadcast_id, {"data": {"title": "Sale", "offer": "x"}, "unknown": 1}).json["id"]
    assert second == first + 1
    assert received(platform, mailer) == dict.fromkeys(NAMES, ("Sale", True))
    shown = client.get(f"/v1/campaigns/{broadcast_id}/triggers/{second}").json
    assert (shown["id"], shown["broadcast_id"]) == (second, broadcast_id)
    assert shown["processed_at"] >= shown["created_at"]
    assert client.get(f"/v1/campaigns/{broadcast_id}/triggers/{second}/errors").json == {"errors": [], "next": ""}


def test_a_trigger_by_filter(client, owner, platform, mailer, broadcast_id):
    by_address = {"attribute": {"field": "email", "operator": "eq", "value": address(owner, "bob").upper()}}
    assert trigger(client, broadcast_id, {"recipients": {"or": [by_address]}}).status == 200
    assert list(received(platform, mailer)) == ["bob"]
    assert trigger(client, broadcast_id, {"recipients": {"segment": {"id": 0}}}).status == 200
    assert list(received(platform, mailer)) == ["bob"], "an unknown segment has nobody"
    for wrong in ({"xor": []}, {"not": {"segment": {"id": 9}}}):  # everybody is outside of an unknown segment
        assert trigger(client, broadcast_id, {"recipients": wrong}).status == 400
    assert list(received(platform, mailer)) == ["bob"]


def test_a_trigger_by_address_and_by_id(client, owner, platform, mailer, broadcast_id):
    assert trigger(client, broadcast_id, {"emails": [address(owner, "ann").upper()]}).status == 200
    assert trigger(client, broadcast_id, {"ids": ["bob/1", "bob/1"]}).status == 200
    assert sorted(received(platform, mailer)) == ["ann", "bob"]
    assert len(mailer.accepted) == 2


def test_a_user_map_has_data_of_its_own(client, owner, platform, mailer, broadcast_id):
    users = [
        {"id": "ann/1", "data": {"offer": "Tea"}},
        {"email": address(owner, "bob"), "data": {"title": "Own", "offer": "Cups"}},
    ]
    assert trigger(client, broadcast_id, {"per_user_data": users, "data": {"title": "All"}}).status == 200
    assert received(platform, mailer) == {"ann": ("All", True), "bob": ("Own", True)}


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_data_file_is_fetched_later(client, owner, platform, mailer, broadcast_id, is_compressed):
    body = "\n".join(json.dumps({"id": f"{name}/1", "data": {"title": name}}) for name in NAMES).encode()

    class Fetcher:
        @contextmanager
        def fetch(self, url, *, max_bytes):
            yield iter([gzip.compress(body) if is_compressed else body])

    with overridden(fetcher=Fetcher()):
        answer = trigger(client, broadcast_id, {"data_file_url": "https://files.example.com/a.jsonl"})
        assert answer.status == 200
        path = f"/v1/campaigns/{broadcast_id}/triggers/{answer.json['id']}"
        assert client.get(path).json["processed_at"] is None
        assert received(platform, mailer) == {name: (name, False) for name in NAMES}
    assert client.get(path).json["processed_at"] is not None


def test_a_file_that_cannot_be_fetched_is_among_the_errors(client, platform, mailer, broadcast_id):
    answer = trigger(client, broadcast_id, {"data_file_url": "http://169.254.169.254/latest"})
    assert received(platform, mailer) == {}
    errors = client.get(f"/v1/campaigns/{broadcast_id}/triggers/{answer.json['id']}/errors").json["errors"]
    assert errors == ["The URL is not allowed: the host is not public."]


def test_unknown_people_are_422_with_the_trigger_and_lines_for_each(client, owner, platform, mailer, broadcast_id):
    users = [{"id": "ann/1"}, {"id": "nobody"}, {"email": "nobody@example.com"}, {"data": {}}, {"email": "no address"}]
    answer = trigger(client, broadcast_id, {"per_user_data": users})
    assert answer.status == 422
    (error,) = answer.json["errors"]
    assert (error["source"]["pointer"], error["status"]) == ("/data/attributes/per_user_data", "422")
    trigger_id = int(error["detail"].rpartition("trigger ")[2])
    path = f"/v1/campaigns/{broadcast_id}/triggers/{trigger_id}"
    page = client.get(f"{path}/errors", limit="2").json
    rest = client.get(f"{path}/errors", limit="2", start=page["next"]).json
    assert [*page["errors"], *rest["errors"]] == [
        "line 2: no person has the id 'nobody'",
        "line 3: no person has the address 'nobody@example.com'",
        "line 4: expected either an id or an email",
        "line 5: no person has the address 'no address'",
    ]
    assert rest["next"] == ""
    assert client.get(path).json["processed_at"] is not None
    assert received(platform, mailer) == {}


def test_its_messages_name_the_broadcast(client, owner, platform, mailer, broadcast_id):
    assert trigger(client, broadcast_id, {"ids": ["cyd/1"]}).status == 200
    assert list(received(platform, mailer)) == ["cyd"]
    message = client.get("/v1/messages", limit="1").json["messages"][0]
    assert (message["broadcast_id"], message["newsletter_id"]) == (broadcast_id, None)
    assert message["customer_id"] == "cyd/1"


def test_flags_leave_unknown_people_out(client, owner, platform, mailer, broadcast_id):
    users = [{"id": "ann/1"}, {"id": "nobody"}, {"email": "nobody@example.com"}]
    assert trigger(client, broadcast_id, {"per_user_data": users, "id_ignore_missing": True}).status == 422
    flags = {"id_ignore_missing": True, "email_ignore_missing": True, "email_add_duplicates": True}
    assert trigger(client, broadcast_id, {"per_user_data": users, **flags}).status == 200
    assert list(received(platform, mailer)) == ["ann"]


def test_a_person_without_address_or_consent_is_skipped_and_counted(client, owner, platform, mailer, broadcast_id):
    list_id = bootstrap.lists().default(owner.account_id).id
    gone = bootstrap.contacts().upserts.create(
        owner.account_id, list_id, email=address(owner, "gone"), external_id="gone"
    )
    owner.api.post(f"/lists/{list_id}/contacts/{gone.id}/unsubscribe")
    number = trigger(client, broadcast_id, {"ids": ["silent", "gone", "cyd/1"]}).json["id"]
    assert list(received(platform, mailer)) == ["cyd"]
    child = bootstrap.campaigns().child(owner.account_id, broadcast_id, number)
    progress = owner.api.get(f"/campaigns/{child.id}/progress").json["data"]
    assert (progress["planned"], progress["sent"], progress["skipped"]) == (3, 1, 2)


def test_invalid_bodies_of_a_trigger_are_refused(client, owner, broadcast_id):
    for body in (
        {"ids": ["a"], "emails": ["a@example.com"]},
        {"ids": []},
        {"ids": [f"p{number}" for number in range(10_001)]},
        {"ids": [True]},
        {"data": []},
        {"data_file_url": ""},
        [],
    ):
        assert trigger(client, broadcast_id, body).status == 400, body


def test_only_a_broadcast_can_be_triggered(platform):
    owner = make_owner()
    client, list_id = make_client(owner), bootstrap.lists().default(owner.account_id).id
    broadcast_id = make_campaign(owner, list_id=list_id, triggered=True)
    plain_id = make_campaign(owner, list_id=list_id)
    elsewhere_id = make_campaign(owner, list_id=make_list(owner), triggered=True)
    for campaign_id in (plain_id, elsewhere_id, 999_999):
        assert trigger(client, campaign_id).status == 404
    assert trigger(make_client(make_owner()), broadcast_id).status == 404
    assert client.get(f"/v1/campaigns/{broadcast_id}/triggers/9999").status == 404
    assert client.get(f"/v1/campaigns/{plain_id}/triggers/1/errors").status == 404
    draft_id = owner.api.post(
        "/campaigns", json={"name": "x", "triggered": True, "audience": {"list_id": list_id}}
    ).json["id"]
    assert trigger(client, draft_id).status == 400
    listed = {each["id"]: each["state"] for each in client.get("/v1/broadcasts").json["broadcasts"]}
    assert listed == {broadcast_id: "running", draft_id: "draft"}
    assert client.get(f"/v1/broadcasts/{broadcast_id}").json["broadcast"]["active"] is True
    assert client.get(f"/v1/broadcasts/{plain_id}").status == 404


def test_triggers_are_listed_to_the_end(client, owner, people, platform):
    broadcast_id = make_campaign(owner, list_id=people, triggered=True, content=CONTENT)
    numbers = [trigger(client, broadcast_id, {"ids": ["ann/1"]}).json["id"] for _ in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    seen, start = [], {}
    while True:
        page = client.get(f"/v1/broadcasts/{broadcast_id}/triggers", limit="2", **start).json
        seen += [each["id"] for each in page["triggers"]]
        if not page["next"]:
            break
        start = {"start": page["next"]}
    assert seen == numbers[::-1]
    platform.drain()


def test_one_trigger_of_a_broadcast_is_taken_in_ten_seconds(owner, client, people, broadcast_id, platform):
    other_id = make_campaign(owner, list_id=people, triggered=True, content=CONTENT)
    platform.clock.move(timedelta(seconds=11))
    with overridden(has_dialect_limits=True):
        assert trigger(client, broadcast_id, {"ids": ["ann/1"]}).status == 200
        refused = trigger(client, broadcast_id, {"ids": ["bob/1"]})
        assert (refused.status, refused.headers["retry-after"]) == (429, "10")
        assert trigger(client, other_id, {"ids": ["bob/1"]}).status == 200
        platform.clock.move(timedelta(seconds=10))
        assert trigger(client, broadcast_id, {"ids": ["bob/1"]}).status == 200
    platform.drain()


def test_a_repeated_call_with_one_key_triggers_once(client, platform, mailer, broadcast_id):
    headers = {"Idempotency-Key": f"key-{broadcast_id}"}
    answers = [trigger(client, broadcast_id, {"ids": ["ann/1"]}, headers=headers) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert list(received(platform, mailer)) == ["ann"]
    assert len(mailer.accepted) == 1
    assert trigger(client, broadcast_id, {"ids": ["bob/1"]}, headers=headers).status == 409

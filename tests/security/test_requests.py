"""Attacks by headers, the origin, or the repetition of a request have no effect."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
from botocore.exceptions import ClientError

from postrider import bootstrap
from postrider.kit.signing import MAC_BYTES
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.harness import CONTEXT, Api, handlers
from tests.testing.operations import SECURED
from tests.testing.snapshot import items_of_account


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


# Cookies and origins


def test_a_cookie_is_no_token(owner):
    for name in ("token", "access_token", "Authorization", "session"):
        assert Api().get("/lists", headers={"Cookie": f"{name}={owner.token}"}).status == 401


@pytest.mark.parametrize("place", ["query", "basic", "twice"])
def test_a_token_is_accepted_only_in_the_header_authorization(owner, place):
    query = {"access_token": owner.token} if place == "query" else {}
    schemes = {"basic": f"Basic {owner.token}", "twice": f"Bearer Bearer {owner.token}"}
    headers = {"Authorization": schemes[place]} if place in schemes else {}
    assert Api().get("/lists", query=query, headers=headers).status == 401


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "https://api.example.com.evil.example"])
def test_no_other_origin_is_let_in(owner, origin):
    for answer in (
        owner.api.get("/lists", headers={"Origin": origin}),
        owner.api.get("/nothing", headers={"Origin": origin}),
        Api().call("OPTIONS", "/lists", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
    ):
        assert [name for name in answer.headers if name.startswith("access-control-")] == []


# Events of the mailer have a way of their own


def test_no_route_takes_events_of_the_mailer(platform):
    campaign = make_sent_campaign(make_owner())
    bounce = {
        "eventType": "Complaint",
        "mail": {
            "messageId": "1",
            "tags": {
                "account": [campaign.owner.account_id],
                "kind": ["campaign"],
                "source": [str(campaign.id)],
                "contact": [str(campaign.contact_ids[0])],
                "list": [str(campaign.list_id)],
            },
        },
        "complaint": {"complainedRecipients": [{"emailAddress": "person@example.com"}]},
    }
    signed = {
        "Type": "Notification",
        "TopicArn": "arn:aws:sns:eu-central-1:111122223333:postrider-ses-events",
        "Message": json.dumps(bounce),
        "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/x.pem",
        "Signature": "x",
    }
    headers = {"x-amz-sns-message-type": "Notification", "Content-Type": "text/plain; charset=UTF-8"}
    before = items_of_account(campaign.owner.account_id)
    secured = {(operation.method, operation.path) for operation in SECURED}
    public_operations = {tuple(key.split(" ")) for key in handlers()} - secured
    assert len(public_operations) > 5
    paths = {path.replace("{", "").replace("}", "") for _, path in public_operations} | {"/", "/ses", "/sns", "/events"}
    for path in paths:
        for body in (signed, bounce):
            Api().post(path, body=json.dumps(body), headers=headers)
    platform.drain()
    assert items_of_account(campaign.owner.account_id) == before


# The same call twice


def test_concurrent_calls_with_the_same_idempotency_key_have_one_effect(owner):
    key, body = uuid.uuid4().hex, {"tag": f"t-{uuid.uuid4().hex[:8]}"}
    with ThreadPoolExecutor(16) as callers:
        calls = [
            callers.submit(owner.api.post, "/tags", json=body, headers={"Idempotency-Key": key}) for _ in range(100)
        ]
        answers = [call.result() for call in calls]
    assert {answer.status for answer in answers} <= {201, 409}
    assert {answer.json["detail"][0]["type"] for answer in answers if answer.status == 409} <= {
        "idempotency_in_progress"
    }
    assert len({answer.text for answer in answers if answer.status == 201}) == 1
    assert owner.api.post("/tags", json=body, headers={"Idempotency-Key": key}).status == 201


def test_a_key_is_the_accounts_and_the_calls_own(owner):
    key = uuid.uuid4().hex
    stranger = make_owner()
    assert owner.api.post("/tags", json={"tag": "mine-1"}, headers={"Idempotency-Key": key}).status == 201
    assert (
        stranger.api.post("/tags", json={"tag": "other-1"}, headers={"Idempotency-Key": key}).json["tag"] == "other-1"
    )
    other = owner.api.post("/suppressed-emails", json={"email": "a@example.com"}, headers={"Idempotency-Key": key})
    assert (other.status, other.json["email"]) == (201, "a@example.com")


class Died(BaseException):
    """A crash of a process, which no exception handler catches."""


def lists_named(owner, name):
    return [
        contact_list
        for contact_list in owner.api.get("/lists", query={"per_page": 1000}).json["data"]
        if contact_list["name"] == name
    ]


@pytest.mark.parametrize("moment", ["before the effect", "between effect and record"])
def test_an_interrupted_call_is_not_executed_again(owner, monkeypatch, moment):
    """Its outcome is unknown, so its key is refused until it expires, after the maximum duration of a function."""
    body = {"name": uuid.uuid4().hex, "default_sender": {"id": make_sender(owner)}}
    headers = {"Idempotency-Key": uuid.uuid4().hex}

    def die(*args, **kwargs):
        raise Died

    monkeypatch.setattr(CONTEXT, "get_remaining_time_in_millis", lambda: 0)
    with monkeypatch.context() as patched:
        if moment == "before the effect":
            patched.setattr(bootstrap.lists(), "create", die)
        else:
            patched.setattr(DynamoDBPersistenceLayer, "_update_record", die)
        with pytest.raises(Died):
            owner.api.post("/lists", json=body, headers=headers)
    done = lists_named(owner, body["name"])
    assert len(done) == (moment != "before the effect")
    for _ in range(2):
        answer = owner.api.post("/lists", json=body, headers=headers)
        assert (answer.status, answer.json["detail"][0]["type"]) == (409, "idempotency_in_progress")
    assert lists_named(owner, body["name"]) == done


def test_an_answer_that_could_not_be_kept_is_given_and_the_call_not_repeated(owner, monkeypatch):
    body = {"name": uuid.uuid4().hex, "default_sender": {"id": make_sender(owner)}}
    headers = {"Idempotency-Key": uuid.uuid4().hex}

    def refuse(*args, **kwargs):
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "UpdateItem")

    with monkeypatch.context() as patched:
        patched.setattr(DynamoDBPersistenceLayer, "_update_record", refuse)
        assert owner.api.post("/lists", json=body, headers=headers).status == 201
    assert owner.api.post("/lists", json=body, headers=headers).status == 409
    assert len(lists_named(owner, body["name"])) == 1


def test_a_call_that_failed_after_its_effect_is_not_executed_again(owner, monkeypatch):
    body = {"name": uuid.uuid4().hex, "default_sender": {"id": make_sender(owner)}}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    create = bootstrap.lists().create

    def create_and_fail(*args, **kwargs):
        create(*args, **kwargs)
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(bootstrap.lists(), "create", create_and_fail)
        assert owner.api.post("/lists", json=body, headers=headers).status == 500
    answer = owner.api.post("/lists", json=body, headers=headers)
    assert (answer.status, answer.json["detail"][0]["type"]) == (409, "idempotency_in_progress")
    assert len(lists_named(owner, body["name"])) == 1


def test_a_key_that_cannot_be_stored_is_a_fault_in_the_form_of_the_api(owner, monkeypatch):
    def refuse(*args, **kwargs):
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "PutItem")

    monkeypatch.setattr(DynamoDBPersistenceLayer, "_put_record", refuse)
    answer = owner.api.post("/tags", json={"tag": "k-2"}, headers={"Idempotency-Key": uuid.uuid4().hex})
    assert (answer.status, answer.json) == (500, {"detail": "Internal Server Error"})


@pytest.mark.parametrize("levels", [190, 300, 900])
def test_a_body_has_a_maximum_number_of_levels(owner, levels):
    content: dict = {}
    for _ in range(levels):
        content = {"a": content}
    answer = owner.api.post("/templates", json={"name": "deep", "type": "html", "content": {"json": content}})
    assert (answer.json["detail"][0]["type"] == "too_deep") == (levels > 200)


def test_a_key_carries_no_answer_past_a_right(owner):
    key, body = uuid.uuid4().hex, {"tag": f"t-{uuid.uuid4().hex[:8]}"}
    form = {"username": owner.email, "password": PASSWORD, "scopes": "tags:read"}
    reader = Api(Api().post("/token", form=form).json["access_token"])
    assert reader.post("/tags", json=body, headers={"Idempotency-Key": key}).status == 403
    assert owner.api.post("/tags", json=body, headers={"Idempotency-Key": key}).status == 201
    assert reader.post("/tags", json=body, headers={"Idempotency-Key": key}).status == 403


def test_a_refused_call_can_be_corrected_and_sent_again_with_its_key(owner):
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    sender = {"id": make_sender(owner)}
    names = [uuid.uuid4().hex for _ in range(2)]
    wrong = [{"name": names[0]}, {"name": names[0], "default_sender": {"id": "unknown"}}]
    assert [owner.api.post("/lists", json=body, headers=headers).status for body in wrong] == [422, 400]
    right = {"name": names[0], "default_sender": sender}
    first, again = (owner.api.post("/lists", json=right, headers=headers) for _ in range(2))
    assert (first.status, again.status, again.text) == (201, 201, first.text)
    other = owner.api.post("/lists", json={"name": names[1], "default_sender": sender}, headers=headers)
    assert (other.status, other.json["detail"][0]["type"]) == (409, "idempotency_key_reused")
    assert lists_named(owner, names[1]) == []


@pytest.mark.parametrize("key", ["", "x" * 256, "x" * 10_000])
def test_a_key_that_is_none_is_refused(owner, key):
    assert owner.api.post("/tags", json={"tag": "k-1"}, headers={"Idempotency-Key": key}).status == 400


def test_a_refused_call_with_a_bad_token_leaves_no_answer_behind(owner):
    key = uuid.uuid4().hex
    assert Api("no.such.token").post("/tags", json={"tag": "late-1"}, headers={"Idempotency-Key": key}).status == 401
    assert owner.api.post("/tags", json={"tag": "late-1"}, headers={"Idempotency-Key": key}).status == 201


# Cursors


@pytest.fixture(scope="module")
def pages(owner):
    list_id = make_list(owner)
    add_contacts(owner, list_id, *(f"p{number}@example.com" for number in range(5)))
    answer = owner.api.get(f"/lists/{list_id}/contacts", query={"per_page": 2})
    return list_id, answer.json["pagination"]["cursor"]["next"]


def resealed(cursor, root):
    """The position of a cursor, sealed with another root, as somebody who knows the code would."""
    from postrider.kit.paging import Cursors

    return Cursors(lambda: root).write("1", "contacts", json.loads(_body(cursor)))


def _body(cursor):
    import base64

    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[MAC_BYTES:]


def forged(cursor):
    import base64

    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]

    def text(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    return {
        "position altered": text(mac + body[:-2] + bytes([body[-2] ^ 1]) + body[-1:]),
        "no seal": text(body),
        "empty seal": text(bytes(MAC_BYTES) + body),
        "other root": resealed(cursor, b"0" * 32),
        "cut": cursor[:-3],
        "spelt otherwise": cursor + "=",
        "empty": "A",
        "long": "A" * 100_000,
        "not base64": "%00☃",
    }


def test_a_cursor_is_valid_only_for_its_own_listing(owner, pages):
    list_id, cursor = pages
    assert owner.api.get(f"/lists/{list_id}/contacts", query={"per_page": 2, "cursor": cursor}).status == 200
    for how, text in forged(cursor).items():
        answer = owner.api.get(f"/lists/{list_id}/contacts", query={"per_page": 2, "cursor": text})
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, "bad_cursor"), how
    stranger = make_owner()
    foreign_list_id = make_list(stranger)
    for api, other, query in (
        (owner.api, make_list(owner), {}),
        (owner.api, list_id, {"sort": "-id"}),
        (owner.api, list_id, {"filter": "status==active"}),
        (stranger.api, foreign_list_id, {}),
    ):
        answer = api.get(f"/lists/{other}/contacts", query={"per_page": 2, "cursor": cursor, **query})
        assert answer.status == 400, query


def test_a_cursor_of_this_installation_is_bound_to_its_account(owner, pages):
    list_id, cursor = pages
    cursors = bootstrap.cursors()
    foreign = cursors.write("999", f"contacts of {list_id}", json.loads(_body(cursor)))
    assert owner.api.get(f"/lists/{list_id}/contacts", query={"cursor": foreign}).status == 400

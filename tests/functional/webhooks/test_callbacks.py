"""Callbacks arrive signed, once, in order where it is asked for, and again after failures."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
import standardwebhooks
import time_machine

from functions.schedules.sweep_outbox.handler import lambda_handler as sweep_outbox
from postrider import bootstrap
from postrider.adapters.web_calls import HttpWebCaller
from postrider.webhooks import rules
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.forms import mails_to
from tests.testing.factories.webhooks import deliveries, make_webhook
from tests.testing.overrides import overridden
from tests.testing.receivers import answering, dripping, stalling
from tests.testing.standin import lambda_context

QUEUES = ("relay-domain-events", "call-webhooks")


def later(local, **time):
    """Move the clock, and do what the schedule of every minute does."""
    local.clock.move(timedelta(**time))
    sweep_outbox({}, lambda_context("sweep-outbox"))
    assert local.drain(*QUEUES).failed == []


def emails(hook):
    return [call.json["data"].get("email") for call in hook.calls]


def test_a_callback_has_the_envelope_and_both_signatures(local, hook, owner, list_id):
    webhook_id = make_webhook(owner, url=hook.url)
    (contact_id,) = add_contacts(owner, list_id, "Ann@example.com")
    assert local.drain(*QUEUES).failed == []
    (call,) = hook.calls
    contact = owner.api.get(f"/lists/{list_id}/contacts/{contact_id}").json["data"]
    envelope = call.json
    assert (envelope["event"], str(envelope["account_id"])) == ("Contact.Added", owner.account_id)
    assert envelope["user"] == {"id": owner.user_id, "email": owner.email, "account_id": owner.account_id}
    assert envelope["ip"] == "198.51.100.7"
    assert envelope["data"] == {name: contact[name] for name in contact if name in envelope["data"]} | {
        "list_id": list_id
    }
    assert {"id", "email", "status", "subscribed_on", "custom_attributes", "tags", "interests"} <= envelope[
        "data"
    ].keys()
    signature = owner.api.get(f"/webhooks/{webhook_id}").json["signature"]
    assert signature["hash_function"] == "sha256"
    expected = hmac.digest(signature["key"].encode(), call.body, hashlib.sha256)
    assert call.headers["x-signature"] == base64.b64encode(expected).decode()
    with time_machine.travel(local.clock()):
        verifier = standardwebhooks.Webhook("whsec_" + signature["key"])
        assert verifier.verify(call.body, call.headers) == envelope
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verifier.verify(call.body + b" ", call.headers)


def test_callbacks_are_signed_with_the_former_secret_too_for_a_day(local, hook, owner, list_id):
    webhook_id = make_webhook(owner, url=hook.url)
    former = owner.api.get(f"/webhooks/{webhook_id}").json["signature"]["key"]
    assert owner.api.post(f"/webhooks/{webhook_id}/renew-secret").json["renewed"] is True
    signature = owner.api.get(f"/webhooks/{webhook_id}").json["signature"]
    assert (signature["former_key"], signature["key"] != former) == (former, True)
    add_contacts(owner, list_id, "ann@example.com")
    local.drain(*QUEUES)
    local.clock.move(rules.FORMER_SECRET_FOR)
    add_contacts(owner, list_id, "bob@example.com")
    local.drain(*QUEUES)
    first, second = hook.calls
    for key, call, is_valid in ((signature["key"], first, True), (former, first, True), (former, second, False)):
        with time_machine.travel(int(call.headers["webhook-timestamp"])):
            try:
                standardwebhooks.Webhook(key).verify(call.body, call.headers)
                verified = True
            except standardwebhooks.WebhookVerificationError:
                verified = False
        assert verified == is_valid
    expected = hmac.digest(former.encode(), first.body, hashlib.sha256)
    assert first.headers["x-signature-former"] == base64.b64encode(expected).decode()
    assert "x-signature-former" not in second.headers


def test_a_callback_after_two_failures_arrives_once_and_before_newer_callbacks(local, hook, owner, list_id):
    webhook_id = make_webhook(owner, url=hook.url, ordered=True)
    hook.script = [answering(500), answering(429)]
    add_contacts(owner, list_id, "a@example.com")
    local.drain(*QUEUES)
    add_contacts(owner, list_id, "b@example.com", "c@example.com")
    local.drain(*QUEUES)
    assert emails(hook) == ["a@example.com"]
    (row,) = deliveries(owner, webhook_id)
    assert (row["status"], row["attempts"], row["http_status"]) == ("retrying", 1, 500)
    later(local, minutes=3)
    assert emails(hook) == ["a@example.com"] * 2
    later(local, minutes=3)
    assert emails(hook) == ["a@example.com"] * 3 + ["b@example.com", "c@example.com"]
    assert len({call.headers["webhook-id"] for call in hook.calls[:3]}) == 1
    rows = deliveries(owner, webhook_id)
    assert [(row["status"], row["attempts"]) for row in rows] == [("delivered", 1)] * 2 + [("delivered", 3)]
    later(local, minutes=3)
    assert len(hook.calls) == 5


def test_without_order_others_do_not_wait_for_a_failed_callback(local, hook, owner, list_id):
    make_webhook(owner, url=hook.url)
    hook.script = [answering(503)]
    add_contacts(owner, list_id, "a@example.com")
    local.drain(*QUEUES)
    add_contacts(owner, list_id, "b@example.com")
    local.drain(*QUEUES)
    assert emails(hook) == ["a@example.com", "b@example.com"]
    later(local, minutes=3)
    assert emails(hook) == ["a@example.com", "b@example.com", "a@example.com"]


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [
        (stalling(60), None, "the host is too slow"),
        (dripping(0.1, 600), None, "the host is too slow"),
        (answering(302, location="http://127.0.0.1:9/"), 302, "redirects are not followed"),
    ],
    ids=["stalls", "drips", "redirects"],
)
def test_a_receiver_that_does_not_answer_well_is_called_again(local, hook, owner, list_id, behaviour, status, error):
    webhook_id = make_webhook(owner, url=hook.url)
    hook.script = [behaviour]
    add_contacts(owner, list_id, "ann@example.com")
    caller = (
        HttpWebCaller(is_loopback_allowed=True) if status else HttpWebCaller(is_loopback_allowed=True, timeout_s=0.2)
    )
    with overridden(web_caller=caller):
        assert local.drain(*QUEUES).failed == []
    (row,) = deliveries(owner, webhook_id)
    assert (row["status"], row["http_status"], row["error"]) == ("retrying", status, error)
    later(local, minutes=3)
    assert [row["status"] for row in deliveries(owner, webhook_id)] == ["delivered"]


def test_a_receiver_that_is_gone_ends_the_webhook_and_its_owner_is_mailed(local, hook, owner, list_id):
    webhook_id = make_webhook(owner, url=hook.url)
    hook.script = [answering(410)]
    add_contacts(owner, list_id, "ann@example.com")
    local.drain(*QUEUES)
    data = owner.api.get(f"/webhooks/{webhook_id}").json["data"]
    assert (data["status"], data["disabled_reason"]) == ("archived", "gone")
    assert [row["status"] for row in deliveries(owner, webhook_id)] == ["failed"]
    (mail,) = mails_to(local, owner.email)
    assert hook.url in mail["text"]
    add_contacts(owner, list_id, "bob@example.com")
    later(local, minutes=3)
    assert len(hook.calls) == 1


def test_a_webhook_that_accepts_nothing_for_three_days_ends(local, hook, owner, list_id):
    webhook_id = make_webhook(owner, url=hook.url, ordered=True)
    hook.script = [answering(500)] * 100
    add_contacts(owner, list_id, "ann@example.com")
    local.drain(*QUEUES)
    pauses = 0
    while owner.api.get(f"/webhooks/{webhook_id}").json["data"]["status"] == "active":
        later(local, hours=7)
        pauses += 1
    assert 10 <= pauses <= 12
    data = owner.api.get(f"/webhooks/{webhook_id}").json["data"]
    assert data["disabled_reason"] == "failing"
    hook.script = []
    calls = len(hook.calls)
    assert owner.api.post(f"/webhooks/{webhook_id}/unarchive").json["archived"] is False
    add_contacts(owner, list_id, "bob@example.com")
    later(local, hours=7)
    assert emails(hook)[calls:] == ["bob@example.com"]


def test_the_surplus_over_the_rate_waits_for_the_next_period(local, hook, owner, list_id):
    make_webhook(owner, url=hook.url, rate_limit=2, rate_limit_period="minute", ordered=True)
    local.clock.move(timedelta(seconds=60 - local.clock().second))
    add_contacts(owner, list_id, *[f"{name}@example.com" for name in "abcde"])
    local.drain(*QUEUES)
    assert len(hook.calls) == 2
    later(local, minutes=3)
    assert len(hook.calls) == 4
    later(local, minutes=3)
    assert emails(hook) == [f"{name}@example.com" for name in "abcde"]


def test_a_crash_between_a_call_and_its_record_repeats_the_call_with_the_same_id(
    local, hook, owner, list_id, monkeypatch
):
    make_webhook(owner, url=hook.url)
    add_contacts(owner, list_id, "ann@example.com")
    with monkeypatch.context() as patch:
        patch.setattr(
            type(bootstrap.callback_dispatcher()._callbacks), "record", lambda *_: (_ for _ in ()).throw(RuntimeError)
        )
        local.drain("relay-domain-events")
        assert local.drain("call-webhooks").failed
    later(local, minutes=3)
    assert len(hook.calls) == 2
    assert len({call.headers["webhook-id"] for call in hook.calls}) == 1


def test_an_event_relayed_twice_causes_one_callback(local, hook, owner, list_id):
    make_webhook(owner, url=hook.url)
    body = {"contacts": [{"email": "ann@example.com"}]}
    owner.api.post(f"/lists/{list_id}/import-contacts", json=body)
    local.drain("add-contacts")
    (message,) = local.aws.messages("relay-domain-events")
    from functions.workers.relay_domain_events.handler import lambda_handler
    from tests.testing.standin import sqs_event

    for _ in range(2):
        lambda_handler(sqs_event("relay-domain-events", [message]), lambda_context("relay-domain-events"))
        local.drain("call-webhooks")
    assert emails(hook) == ["ann@example.com"]


def test_a_test_callback_and_replays(local, hook, owner, list_id):
    webhook_id = make_webhook(owner, url=hook.url, ordered=True)
    answer = owner.api.post(f"/webhooks/{webhook_id}/send-test").json
    local.drain(*QUEUES)
    assert hook.calls[0].json["data"] == {"test": True}
    assert [row["id"] for row in deliveries(owner, webhook_id)] == [answer["delivery_id"]]
    local.clock.move(timedelta(seconds=10))
    began = int(local.clock().timestamp())
    add_contacts(owner, list_id, "a@example.com", "b@example.com")
    local.drain(*QUEUES)
    newest = deliveries(owner, webhook_id)[0]
    path = f"/webhooks/{webhook_id}"
    assert owner.api.post(f"{path}/deliveries/{newest['id']}/replay").status == 200
    local.drain(*QUEUES)
    assert emails(hook)[-1] == "b@example.com"
    assert hook.calls[-1].headers["webhook-id"] == newest["event_id"]
    replayed = owner.api.post(f"{path}/replay", json={"start_time": began, "end_time": began + 60}).json
    local.drain(*QUEUES)
    assert (replayed["count"], emails(hook)[-2:]) == (2, ["a@example.com", "b@example.com"])
    assert owner.api.post(f"{path}/deliveries/nothing/replay").status == 400


def test_the_log_is_paged_to_its_end_and_filtered(local, hook, owner, list_id):
    webhook_id = make_webhook(owner, url=hook.url, ordered=True)
    add_contacts(owner, list_id, *[f"{name}@example.com" for name in "abcde"])
    local.drain(*QUEUES)
    hook.script = [answering(500)]
    add_contacts(owner, list_id, "f@example.com")
    local.drain(*QUEUES)
    ids, cursor = [], None
    while True:
        query = {"per_page": 2} | ({"cursor": cursor} if cursor else {})
        answer = owner.api.get(f"/webhooks/{webhook_id}/deliveries", query=query).json
        ids += [row["id"] for row in answer["data"]]
        cursor = answer["pagination"]["cursor"]["next"]
        if cursor is None:
            break
    assert (len(ids), ids) == (6, sorted(ids, reverse=True))
    assert [row["id"] for row in deliveries(owner, webhook_id, status="retrying")] == ids[:1]
    assert owner.api.get(f"/webhooks/{webhook_id}/deliveries", query={"cursor": "x"}).status == 400


def test_a_webhook_can_be_limited_to_a_list_and_to_the_acts_of_people(local, hook, owner, list_id):
    make_webhook(owner, "Contact.Removed", hook.url, events=["Contact.Added"], list_id=list_id, sources=["api"])
    make_webhook(owner, url=hook.url.replace("hook", "people"), sources=["person"])
    from tests.testing.factories.lists import make_list

    add_contacts(owner, make_list(owner), "ann@example.com")
    (contact_id,) = add_contacts(owner, list_id, "ann@example.com")
    owner.api.delete(f"/lists/{list_id}/contacts/{contact_id}")
    local.drain(*QUEUES)
    assert sorted((call.path, call.json["event"]) for call in hook.calls) == [
        ("/hook", "Contact.Added"),
        ("/hook", "Contact.Removed"),
    ]
    removed = next(call.json["data"] for call in hook.calls if call.json["event"] == "Contact.Removed")
    assert removed == {"id": contact_id, "list_id": list_id, "email": "ann@example.com"}

"""Reporting webhooks: what they are called with, in which order, and when a call is repeated."""

import hashlib
import hmac
import re
import uuid
from datetime import timedelta

import pytest

from functions.schedules.sweep_outbox.handler import lambda_handler as sweep_outbox
from postrider import bootstrap
from postrider.kit.wire_ids import with_padding
from postrider.mail_events.model import EventType
from postrider.messages.model import MessageKey
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.receivers import answering
from tests.testing.standin import lambda_context

PATH = "/v1/reporting_webhooks"
QUEUES = ("relay-domain-events", "call-webhooks")


@pytest.fixture
def owner(local):
    return make_owner()


@pytest.fixture
def app(owner):
    return make_client(owner)


def make_webhook(app, hook, *events, **fields):
    answer = app.post(PATH, {"name": "BI", "endpoint": hook.url, "events": list(events), **fields})
    assert answer.status == 200, answer.text
    return answer.json


def reported(local, hook):
    """Return the events since the last call, in the order of the calls."""
    assert local.drain().failed == []
    calls = [call.json for call in hook.calls]
    hook.calls.clear()
    return [f"{call['object_type']}_{call['metric']}" for call in calls]


def test_a_webhook_is_kept_as_it_is_given_and_a_change_merges(app, hook):
    made = make_webhook(app, hook, "sms_sent", "email_opened", with_content=True)
    assert made == {
        "id": made["id"],
        "name": "BI",
        "events": ["email_opened", "sms_sent"],
        "endpoint": hook.url,
        "disabled": False,
        "with_content": True,
        "full_resolution": False,
        "type": "webhook",
    }
    changed = app.put(f"{PATH}/{made['id']}", {"name": "Store", "full_resolution": True, "disabled": True}).json
    assert changed == made | {"name": "Store", "full_resolution": True, "disabled": True}
    assert app.get(f"{PATH}/{made['id']}").json == changed
    assert app.get(PATH).json == {"reporting_webhooks": [changed]}
    deleted = app.delete(f"{PATH}/{made['id']}")
    assert (deleted.status, deleted.text, app.get(f"{PATH}/{made['id']}").status) == (200, "", 404)


def test_invalid_receivers_are_refused(app, hook):
    good = {"name": "BI", "endpoint": hook.url, "events": ["email_sent"]}
    for name in good:
        assert app.post(PATH, {**good, name: None}).status == 400
        assert app.post(PATH, {key: value for key, value in good.items() if key != name}).status == 400
    for wrong in ({"events": []}, {"events": ["email_flown"]}, {"endpoint": "ftp://x"}, {"name": "x" * 191}):
        assert app.post(PATH, {**good, **wrong}).status == 400, wrong
    made = app.post(PATH, {**good, "unknown": 1}).json
    assert app.put(f"{PATH}/{made['id']}", {"events": []}).status == 400
    assert app.put(f"{PATH}/{10**9}", {"name": "x"}).status == 404


def key_of(owner, made):
    """Return the key of a webhook, which only the main API shows."""
    return owner.api.get(f"/webhooks/{made['id']}").json["signature"]["key"].encode()


def test_a_call_is_signed_and_says_whose_message_it_is(local, hook, owner, app):
    campaign = make_sent_campaign(owner, contacts=1)
    made = make_webhook(app, hook, "email_clicked")
    clicked = campaign.did(EventType.CLICKED, 0, link_id=3, url="https://example.com/offer")
    local.drain(*QUEUES)
    (call,) = hook.calls
    stamp = call.headers["x-cio-timestamp"]
    key, signed = key_of(owner, made), b"v0:" + stamp.encode() + b":" + call.body
    assert call.headers["x-cio-signature"] == hmac.new(key, signed, hashlib.sha256).hexdigest()
    contact = bootstrap.contacts().get(owner.account_id, campaign.list_id, campaign.contact_ids[0])
    message_id = bootstrap.message_ids().of(owner.account_id, MessageKey(campaign.source, campaign.list_id, contact.id))
    body = call.json
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", body.pop("event_id"))
    assert body == {
        "object_type": "email",
        "metric": "clicked",
        "timestamp": clicked.at_ms // 1000,
        "data": {
            "customer_id": None,
            "identifiers": {"id": None, "email": contact.email, "cio_id": f"cio_{contact.id:x}"},
            "delivery_id": with_padding(message_id),
            "recipient": contact.email,
            "subject": "News for [email]",
            "newsletter_id": campaign.id,
            "content_id": campaign.id,
            "href": "https://example.com/offer",
            "link_id": 3,
        },
    }


def test_every_event_of_mails_and_people_is_reported(local, hook, owner, app):
    list_id = make_list(owner)
    make_webhook(
        app,
        hook,
        *("customer_subscribed", "customer_unsubscribed", "customer_subscription_preferences_changed"),
        *("email_attempted", "email_sent", "email_bounced", "email_spammed", "email_undeliverable", "email_dropped"),
        *("email_delivered", "email_converted", "email_deferred", "email_failed", "email_unsubscribed"),
        with_content=True,
    )
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
    (contact_id,) = add_contacts(owner, list_id, f"ann-{uuid.uuid4().hex[:8]}@example.com")
    owner.api.patch(f"/lists/{list_id}/contacts/{contact_id}", json={"interests": ["jazz"]})
    assert reported(local, hook) == ["customer_subscribed", "customer_cio_subscription_preferences_changed"]
    campaign_id = make_campaign(owner, list_id=list_id)
    owner.api.post(f"/campaigns/{campaign_id}/schedule")
    local.drain()
    sent = hook.calls[-1].json
    assert reported(local, hook) == ["email_attempted", "email_sent"]
    assert "Hello friend" in sent["data"]["content"]
    source = bootstrap.campaigns().get(owner.account_id, campaign_id).source
    known = {"account_id": owner.account_id, "list_id": list_id, "contact_id": contact_id, "source": source}
    told = []
    for kind in (
        *(EventType.DELIVERED, EventType.CONVERTED, EventType.DELAYED, EventType.FAILED, EventType.BOUNCED_HARD),
        *(EventType.COMPLAINED, EventType.UNSUBSCRIBED),
    ):
        record(local, kind, **known)
        told += reported(local, hook)
    assert told == [
        *("email_delivered", "email_converted", "email_deferred", "email_failed", "email_bounced"),
        *("email_spammed", "email_unsubscribed"),
    ]
    owner.api.post(f"/lists/{list_id}/contacts/{contact_id}/unsubscribe")
    assert reported(local, hook) == ["customer_unsubscribed"]
    add_contacts(owner, make_list(owner), "elsewhere@example.com")
    assert reported(local, hook) == [], "of the default list only"


def record(local, kind, **values):
    from tests.testing.factories.activity import event

    at_ms = int(local.clock().timestamp() * 1000)
    assert bootstrap.events().record([event(kind, values.pop("contact_id"), **values, at_ms=at_ms)]) == []


def test_only_the_first_open_is_reported_unless_all_are_wanted(local, hook, owner, app):
    campaign = make_sent_campaign(owner, contacts=1)
    made = make_webhook(app, hook, "email_opened", "email_clicked")
    for kind in (EventType.OPENED, EventType.OPENED, EventType.CLICKED, EventType.CLICKED):
        campaign.did(kind, 0)
    campaign.did(EventType.OPENED, 0, is_bot=True)
    assert sorted(reported(local, hook)) == ["email_clicked", "email_opened"]
    app.put(f"{PATH}/{made['id']}", {"full_resolution": True})
    campaign.did(EventType.OPENED, 0)
    assert reported(local, hook) == ["email_opened"]


def later(local, **time):
    local.clock.move(timedelta(**time))
    sweep_outbox({}, lambda_context("sweep-outbox"))
    assert local.drain(*QUEUES).failed == []


def metrics(hook):
    return [call.json["metric"] for call in hook.calls]


def test_order_is_kept_over_a_failed_call_which_is_repeated_after_an_hour_and_for_seven_days(local, hook, owner, app):
    campaign = make_sent_campaign(owner, contacts=2)
    made = make_webhook(app, hook, "email_opened", "email_spammed")
    hook.script = [answering(410), answering(503)]
    campaign.did(EventType.OPENED, 0)
    local.drain(*QUEUES)
    campaign.did(EventType.COMPLAINED, 0)
    later(local, minutes=30)
    assert metrics(hook) == ["opened"]
    later(local, minutes=40)
    assert metrics(hook) == ["opened"] * 2
    later(local, minutes=3)
    assert metrics(hook) == ["opened"] * 3 + ["spammed"]
    assert len({call.json["event_id"] for call in hook.calls[:3]}) == 1
    hook.script = [answering(500)] * 1000
    campaign.did(EventType.OPENED, 1)
    local.drain(*QUEUES)
    later(local, days=6)
    assert app.get(f"{PATH}/{made['id']}").json["disabled"] is False
    for _ in range(8):
        later(local, hours=7)
    assert app.get(f"{PATH}/{made['id']}").json["disabled"] is True


def test_a_disabled_webhook_loses_events(local, hook, owner, app):
    campaign = make_sent_campaign(owner, contacts=2)
    made = make_webhook(app, hook, "email_opened", disabled=True)
    campaign.did(EventType.OPENED, 0)
    assert reported(local, hook) == []
    app.put(f"{PATH}/{made['id']}", {"disabled": False})
    campaign.did(EventType.OPENED, 1)
    assert reported(local, hook) == ["email_opened"]


def test_the_main_api_shows_it_with_its_log_and_does_not_change_it(local, hook, owner, app):
    campaign = make_sent_campaign(owner, contacts=1)
    made = make_webhook(app, hook, "email_opened", "slack_sent")
    campaign.did(EventType.OPENED, 0)
    local.drain(*QUEUES)
    path = f"/webhooks/{made['id']}"
    shown = owner.api.get(path).json
    assert shown["data"]["format"] == "reporting"
    assert [row["event"] for row in owner.api.get(f"{path}/deliveries").json["data"]] == ["email_opened"]
    assert owner.api.patch(path, json={"rate_limit": 1}).status == 400
    assert owner.api.post(f"{path}/send-test").status == 200
    local.drain(*QUEUES)
    assert hook.calls[-1].json["data"] == {"test": True}

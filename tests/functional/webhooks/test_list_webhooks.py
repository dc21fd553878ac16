"""The webhook of a list is called for what happens to the contacts of the list."""

import base64
import hashlib
import hmac

import pytest

from postrider.mail_events.model import EventType
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.webhooks import deliveries
from tests.testing.receivers import answering

QUEUES = ("relay-domain-events", "call-webhooks")


def set_webhook(owner, list_id, **webhook):
    answer = owner.api.patch(f"/lists/{list_id}", json={"webhook": webhook})
    assert answer.status == 200, answer.text
    return answer.json["data"]["webhook"]


def actions(local, hook):
    """Return the actions since the last call, with the address that each is about."""
    assert local.drain(*QUEUES).failed == []
    calls = [call.json for call in hook.calls]
    hook.calls.clear()
    return [(call["action"], call["data"]["email"]) for call in calls]


def test_a_list_webhook_is_called_for_the_actions_of_its_list(local, hook, owner, list_id):
    assert set_webhook(owner, list_id, url=hook.url) == {"url": hook.url, "actions": None}
    add_contacts(owner, make_list(owner), "elsewhere@example.com")
    (contact_id,) = add_contacts(owner, list_id, "ann@example.com")
    path = f"/lists/{list_id}/contacts/{contact_id}"
    owner.api.patch(path, json={"interests": [], "custom_attributes": [], "email": "anna@example.com"})
    owner.api.post(f"{path}/unsubscribe")
    owner.api.delete(path)
    received = actions(local, hook)
    assert {action for action, _ in received} == {"subscribe", "update", "unsubscribe", "delete"}
    assert {email for _, email in received} <= {"ann@example.com", "anna@example.com"}


def test_a_call_is_signed_and_names_the_list(local, hook, owner, list_id):
    set_webhook(owner, list_id, url=hook.url, actions=["subscribe"])
    add_contacts(owner, list_id, "ann@example.com")
    local.drain(*QUEUES)
    (call,) = hook.calls
    assert (call.json["action"], call.json["list_id"], call.json["data"]["status"]) == ("subscribe", list_id, "active")
    shown = owner.api.get(f"/webhooks/list-{list_id}").json
    assert (shown["data"]["format"], shown["data"]["list_id"], shown["data"]["event"]) == ("list", list_id, None)
    expected = hmac.digest(shown["signature"]["key"].encode(), call.body, hashlib.sha256)
    assert call.headers["x-signature"] == base64.b64encode(expected).decode()
    (delivery,) = deliveries(owner, f"list-{list_id}")
    assert (delivery["event"], delivery["status"]) == ("subscribe", "delivered")


@pytest.mark.parametrize(
    ("wanted", "received"),
    [
        (["bounce_hb"], ["bounce_hb"]),
        (["bounce"], ["bounce_hb", "bounce_sb"]),
        (["spam", "bounce_sb"], ["bounce_sb", "spam"]),
        (["unsubscribe"], []),
    ],
)
def test_an_action_can_select_a_class_of_bounces(local, hook, owner, wanted, received):
    campaign = make_sent_campaign(owner, contacts=3)
    set_webhook(owner, campaign.list_id, url=hook.url, actions=wanted)
    campaign.did(EventType.BOUNCED_HARD, 0)
    campaign.did(EventType.BOUNCED_SOFT, 1)
    campaign.did(EventType.COMPLAINED, 2)
    assert sorted(action for action, _ in actions(local, hook)) == received


def test_the_webhook_of_a_list_changes_with_the_list_and_is_deleted_with_the_list(local, hook, owner):
    body = {"name": "Shop", "default_sender": {"id": make_sender(owner)}, "webhook": {"url": hook.url}}
    list_id = owner.api.post("/lists", json=body).json["id"]
    add_contacts(owner, list_id, "a@example.com")
    assert actions(local, hook) == [("subscribe", "a@example.com")]
    set_webhook(owner, list_id, actions=["delete"])
    add_contacts(owner, list_id, "b@example.com")
    assert actions(local, hook) == []
    owner.api.patch(f"/lists/{list_id}", json={"webhook": None})
    assert owner.api.get(f"/webhooks/list-{list_id}").status == 400
    set_webhook(owner, list_id, url=hook.url)
    assert owner.api.delete(f"/lists/{list_id}").status == 200
    local.drain()
    assert hook.calls == []
    assert owner.api.get(f"/webhooks/list-{list_id}").status == 400


def test_a_url_that_is_refused_changes_nothing(owner, list_id):
    answer = owner.api.patch(f"/lists/{list_id}", json={"name": "New", "webhook": {"url": "https://10.0.0.1/hook"}})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "webhook", "url"])
    assert owner.api.get(f"/lists/{list_id}").json["data"]["name"] != "New"
    assert owner.api.patch(f"/webhooks/list-{list_id}", json={"rate_limit": 5}).status == 400


def test_status_410_archives_the_webhook_of_a_list_until_the_list_gets_a_url(local, hook, owner, list_id):
    set_webhook(owner, list_id, url=hook.url)
    hook.script = [answering(410)]
    add_contacts(owner, list_id, "a@example.com")
    local.drain(*QUEUES)
    assert owner.api.get(f"/webhooks/list-{list_id}").json["data"]["disabled_reason"] == "gone"
    set_webhook(owner, list_id, url=hook.url)
    hook.calls.clear()
    add_contacts(owner, list_id, "b@example.com")
    assert actions(local, hook) == [("subscribe", "b@example.com")]

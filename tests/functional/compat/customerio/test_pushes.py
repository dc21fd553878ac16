"""Push messages to one person over Customer.io's App API."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from postrider import bootstrap
from postrider.adapters.web_calls import HttpWebCaller
from postrider.contacts.identifiers import Identifier
from postrider.devices.model import Device
from postrider.kit.clock import unix
from postrider.kit.wire_ids import without_padding
from postrider.ports.pusher import PusherBusy, PusherError, PusherRefused
from postrider.pushes.queue_messages import SendPush
from tests.conftest import Platform
from tests.testing.customerio import TRACK, CustomerioApi, make_client
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.overrides import overridden
from tests.testing.receivers import receiver


@dataclass
class FakePusher:
    pushed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    errors: dict[str, list[PusherError]] = field(default_factory=dict)

    def push(self, platform: str, token: str, payload: Any) -> None:
        if errors := self.errors.get(token):
            raise errors.pop(0)
        self.pushed.append((token, payload))


@dataclass
class World:
    owner: Owner
    platform: Platform
    pusher: FakePusher
    api: CustomerioApi

    def send(self, person: str = "u1", **values: Any) -> dict[str, Any]:
        """Send a push message, and return its message once the workers are done."""
        body = {"transactional_message_id": "Shipped", "identifiers": {"id": person}, **values}
        answer = self.api.post("/v1/send/push", body)
        assert answer.status == 200, answer.text
        self.platform.drain("send-transactional")
        return self.message(answer.json["delivery_id"])

    def message(self, message_id: str) -> dict[str, Any]:
        message: dict[str, Any] = self.api.get(f"/v1/messages/{message_id}").json["message"]
        return message


@pytest.fixture
def pusher() -> Iterator[FakePusher]:
    given = FakePusher()
    with overridden(pusher=given):
        yield given


@pytest.fixture
def world(platform: Platform, pusher: FakePusher) -> World:
    platform.aws.purge()
    owner = make_owner()
    content = {"type": "text", "subject": "On its way", "text": "Order {{ trigger.no }} for {{ customer.id }}"}
    body = {"name": "Shipped", "content": content, "trigger_name": "shipped"}
    assert owner.api.post("/templates", json=body).status == 201
    account_id = owner.account_id
    contact = bootstrap.contacts().upserts.create(
        account_id, bootstrap.lists().default(account_id).id, email=None, external_id="u1"
    )
    for place, kind in enumerate(("ios", "android")):
        used_at = platform.clock() + timedelta(minutes=place)
        bootstrap.devices().put(account_id, contact.id, Device(token=f"t-{kind}", platform=kind, last_used_at=used_at))
    return World(owner, platform, pusher, make_client(owner))


def test_a_template_is_pushed_to_all_devices(world: World) -> None:
    message = world.send(message_data={"no": 17}, link="app://o/17", image_url="https://example.com/i.png")
    pushed = dict(world.pusher.pushed)
    text = "Order 17 for u1"
    assert pushed["t-ios"]["aps"] == {
        "alert": {"title": "On its way", "body": text},
        "sound": "default",
        "mutable-content": 1,
    }
    android = pushed["t-android"]["fcmV1Message"]["message"]
    assert android["notification"] == {"title": "On its way", "body": text, "image": "https://example.com/i.png"}
    assert android["data"] == {"link": "app://o/17"}
    assert (message["type"], message["customer_id"], "sent" in message["metrics"]) == ("push", "u1", True)


@pytest.mark.parametrize(
    ("to", "tokens"), [("last_used", {"t-android"}), ("t-ios", {"t-ios"}), ("all", {"t-ios", "t-android"})]
)
def test_the_devices_are_chosen(world: World, to: str, tokens: set[str]) -> None:
    world.send(to=to, message_data={"no": 1})
    assert {token for token, _ in world.pusher.pushed} == tokens


def test_own_parts_and_an_own_payload_replace_the_template(world: World) -> None:
    world.send(to="t-ios", title="Own {{ customer.id }}", message="Text", sound="none", custom_data={"a": "b"})
    world.send(
        to="t-android",
        message_data={"no": 1},
        custom_payload={"android": {"message": {"notification": {"title": "X"}}}},
    )
    (_, first), (_, second) = world.pusher.pushed
    assert first == {"a": "b", "aps": {"alert": {"title": "Own u1", "body": "Text"}}}
    assert second == {"fcmV1Message": {"message": {"notification": {"title": "X"}}}}


def test_a_device_of_the_call_is_added_to_the_person_who_is_made(world: World) -> None:
    device = {
        "token": "new",
        "platform": "ios",
        "last_used": unix(world.platform.clock()),
        "attributes": {"device_os": "18"},
    }
    message = world.send("u2", custom_device=device, message_data={"no": 1})
    assert [token for token, _ in world.pusher.pushed] == ["new"]
    account_id = world.owner.account_id
    list_id = bootstrap.lists().default(account_id).id
    contact = bootstrap.contacts().by_identifier(account_id, list_id, Identifier.external_id("u2"))
    assert bootstrap.devices().of(account_id, contact.id)[0].attributes == {"device_os": "18"}
    assert message["customer_id"] == "u2"


def test_a_message_fails_with_its_reason(world: World) -> None:
    assert world.send()["failure_message"].startswith("The content shows `trigger.no`")
    assert "no such device" in world.send("u3", message_data={"no": 1})["failure_message"]
    world.pusher.errors = {token: [PusherRefused("the device is gone")] for token in ("t-ios", "t-android")}
    message = world.send(message_data={"no": 1})
    assert ("failed" in message["metrics"], message["failure_message"]) == (True, "the device is gone")
    assert world.pusher.pushed == []


def test_without_a_push_service_a_message_fails(world: World) -> None:
    with overridden(pusher=None):
        message = world.send(message_data={"no": 1})
    assert ("failed" in message["metrics"], message["failure_message"]) == (True, "no push service is configured")


def test_a_busy_service_is_tried_again(world: World) -> None:
    world.pusher.errors = {"t-ios": [PusherBusy("busy")]}
    message = world.send(to="t-ios", message_data={"no": 1})
    assert message["metrics"].keys() == {"created"}
    account_id = world.owner.account_id
    push_id = bootstrap.message_ids().key_of(account_id, without_padding(message["id"])).source.id
    for _ in range(2):
        bootstrap.push_sender().send(SendPush(account_id=account_id, push_id=push_id))
    assert "sent" in world.message(message["id"])["metrics"]
    assert len(world.pusher.pushed) == 1


def test_a_draft_and_a_later_message_wait(world: World) -> None:
    assert world.send(queue_draft=True, message_data={"no": 1})["metrics"].keys() == {"created", "drafted"}
    later = unix(world.platform.clock()) + 7200
    message = world.send(send_at=later, to="t-ios", message_data={"no": 1}, disable_message_retention=True)
    assert world.pusher.pushed == []
    world.platform.clock.move(timedelta(hours=2, seconds=1))
    world.platform.ring()
    world.platform.drain("send-transactional")
    sent = world.message(message["id"])
    assert ([token for token, _ in world.pusher.pushed], sent["subject"]) == (["t-ios"], "")


@pytest.mark.parametrize(
    "values",
    [
        {"transactional_message_id": "nothing"},
        {"message": "x" * 4096},
        {"identifiers": {}},
        {"custom_device": {"token": "x"}},
    ],
)
def test_invalid_pushes_are_refused(world: World, values: dict[str, Any]) -> None:
    body = {"transactional_message_id": "shipped", "identifiers": {"id": "u1"}, "message_data": {"no": 1}, **values}
    assert world.api.post("/v1/send/push", body).status in (400, 413)


def test_push_messages_are_listed_by_their_type(world: World) -> None:
    sent = world.send(message_data={"no": 17})
    draft = world.send(message_data={"no": 18}, queue_draft=True)
    no_device = world.send("u2", message_data={"no": 19})
    listed = {
        message["id"]: message["metrics"].keys()
        for message in world.api.get("/v1/messages", type="push").json["messages"]
    }
    assert listed.keys() == {sent["id"], no_device["id"]}
    assert {"sent"} <= listed[sent["id"]]
    assert {"failed"} <= listed[no_device["id"]]
    assert world.api.get("/v1/messages", type="email").json["messages"] == []
    assert [message["id"] for message in world.api.get("/v1/messages").json["messages"]] == list(listed)
    drafts = world.api.get("/v1/messages", type="push", drafts="true").json["messages"]
    assert [message["id"] for message in drafts] == [draft["id"]]


def test_devices_report_opens_which_webhooks_get_once(world: World) -> None:
    track = make_client(world.owner, TRACK)
    with receiver() as hook, overridden(web_caller=HttpWebCaller(is_loopback_allowed=True)):
        events = [f"push_{name}" for name in ("drafted", "attempted", "sent", "delivered", "opened", "failed")]
        world.api.post("/v1/reporting_webhooks", {"name": "BI", "endpoint": hook.url, "events": events})
        sent = world.send(message_data={"no": 17})
        for _ in range(2):
            for event in ("delivered", "opened"):
                body = {"delivery_id": sent["id"], "event": event, "timestamp": unix(world.platform.clock())}
                assert track.post("/api/v1/push/events", body).status == 200
            world.platform.clock.move(timedelta(seconds=5))
        world.platform.drain()
        calls = [(call.json["metric"], call.json["data"]["delivery_id"]) for call in hook.calls]
    assert sorted(calls) == [(name, sent["id"]) for name in ("attempted", "delivered", "delivered", "opened", "sent")]
    assert {"delivered", "opened"} <= world.message(sent["id"])["metrics"].keys()
    wrong = {"delivery_id": sent["id"], "metric": "spammed"}
    assert track.post("/api/v1/metrics", wrong).status == 400

"""Webhooks over HTTP: their settings, rights, limits and other accounts."""

from datetime import timedelta

import pytest

from postrider.webhooks import service
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list
from tests.testing.factories.webhooks import EXAMPLE_URL, make_webhook


@pytest.fixture
def owner(platform):
    return make_owner()


def type_of(answer):
    return answer.status, answer.json["detail"][0]["type"]


def test_a_change_of_a_webhook_keeps_settings_that_are_not_sent(owner):
    list_id = make_list(owner)
    webhook_id = make_webhook(
        owner, "Contact.Added", events=["List.Created", "Contact.Added"], list_id=list_id, sources=["person"]
    )
    data = owner.api.get(f"/webhooks/{webhook_id}").json["data"]
    assert data == {
        "id": webhook_id,
        "status": "active",
        "event": "Contact.Added",
        "url": EXAMPLE_URL,
        "archived_at": None,
        "rate_limit": 80,
        "rate_limit_period": "second",
        "events": ["Contact.Added", "List.Created"],
        "list_id": list_id,
        "sources": ["person"],
        "ordered": False,
        "disabled_reason": None,
        "format": "main",
    }
    body = {"url": EXAMPLE_URL + "/2", "rate_limit": 5, "rate_limit_period": "minute"}
    patched = owner.api.patch(f"/webhooks/{webhook_id}", json=body)
    assert (patched.json["patched"], patched.json["object"]) == (True, "Webhook")
    assert patched.json["data"] == {**data, **body}
    body = {"events": ["Email.Opened"], "list_id": None, "sources": [], "ordered": True}
    data = owner.api.patch(f"/webhooks/{webhook_id}", json=body).json["data"]
    assert (data["event"], data["events"], data["list_id"], data["ordered"]) == (
        "Email.Opened",
        ["Email.Opened"],
        None,
        True,
    )
    assert owner.api.patch(f"/webhooks/{webhook_id}", json={}).json["data"] == data


def test_archived_webhooks_are_listed_on_request(platform, owner):
    first = make_webhook(owner)
    platform.clock.move(timedelta(seconds=1))
    second = make_webhook(owner, "Email.Opened")
    archived = owner.api.post(f"/webhooks/{first}/archive").json
    assert (archived["archived"], archived["data"]["status"]) == (True, "archived")
    assert archived["data"]["archived_at"] is not None

    def ids(**query):
        return [row["id"] for row in owner.api.get("/webhooks", query=query).json["data"]]

    assert ids() == [second]
    assert ids(with_archived="true") == [first, second]
    assert ids(with_archived="true", per_page=1, page=2) == [second]
    assert type_of(owner.api.post(f"/webhooks/{first}/archive")) == (400, "webhook_not_active")
    assert type_of(owner.api.post(f"/webhooks/{first}/send-test")) == (400, "webhook_not_active")
    assert type_of(owner.api.post(f"/webhooks/{second}/unarchive")) == (400, "webhook_not_archived")
    restored = owner.api.post(f"/webhooks/{first}/unarchive").json
    assert (restored["archived"], restored["data"]["status"]) == (False, "active")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:169.254.169.254]/",
        "http://127.0.0.1/",
        "http://localhost./",
        "https://10.0.0.7/hook",
        "https://hooks.example.com:22/",
        "https://user:secret@hooks.example.com/",
    ],
)
def test_a_url_that_no_callback_may_go_to_is_refused(owner, url):
    answer = owner.api.post("/webhooks", json={"event": "Contact.Added", "url": url})
    assert (type_of(answer), answer.json["detail"][0]["loc"]) == ((400, "url_refused"), ["body", "url"])
    webhook_id = make_webhook(owner)
    assert type_of(owner.api.patch(f"/webhooks/{webhook_id}", json={"url": url})) == (400, "url_refused")
    assert owner.api.get(f"/webhooks/{webhook_id}").json["data"]["url"] == EXAMPLE_URL


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "Contact.Vanished"},
        {"url": "gopher://hooks.example.com/"},
        {"rate_limit_period": "hour"},
        {"events": []},
        {"sources": ["nobody"]},
        {"ordered": 1},
    ],
)
def test_a_malformed_body_is_refused(owner, fields):
    assert owner.api.post("/webhooks", json={"event": "Contact.Added", "url": EXAMPLE_URL, **fields}).status == 422


def test_limits_and_unknown_ids_are_refused(owner, monkeypatch):
    body = {"event": "Contact.Added", "url": EXAMPLE_URL}
    for rate in (0, service.MAX_RATE + 1):
        answer = owner.api.post("/webhooks", json={**body, "rate_limit": rate})
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "rate_limit"])
    stranger = make_owner()
    answer = owner.api.post("/webhooks", json={**body, "list_id": make_list(stranger)})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "list_id"])
    monkeypatch.setattr(service, "MAX_WEBHOOKS", 1)
    webhook_id = make_webhook(owner)
    assert type_of(owner.api.post("/webhooks", json=body)) == (400, "too_many_webhooks")
    path = f"/webhooks/{webhook_id}"
    for refused in (
        stranger.api.get(path),
        stranger.api.patch(path, json={"rate_limit": 1}),
        stranger.api.get(f"{path}/deliveries"),
        stranger.api.post(f"{path}/replay", json={"start_time": 1, "end_time": 2}),
        owner.api.get("/webhooks/unknown"),
    ):
        assert type_of(refused) == (400, "webhook_not_found")


def test_the_key_differs_between_webhooks_and_is_stored_nowhere(owner):
    from postrider.webhooks.table import WebhookItem

    keys = {owner.api.get(f"/webhooks/{make_webhook(owner)}").json["signature"]["key"] for _ in range(2)}
    assert len(keys) == 2
    stored = str([item.serialize() for item in WebhookItem.scan()])
    assert not any(key in stored for key in keys)

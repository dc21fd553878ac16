"""Webhooks, made over HTTP."""

from typing import Any

from tests.testing.factories.accounts import Owner

EXAMPLE_URL = "https://hooks.example.com/postrider"


def make_webhook(owner: Owner, event: str = "Contact.Added", url: str = EXAMPLE_URL, **fields: Any) -> str:
    answer = owner.api.post("/webhooks", json={"event": event, "url": url, **fields})
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


def deliveries(owner: Owner, webhook_id: str, **query: Any) -> list[dict[str, Any]]:
    answer = owner.api.get(f"/webhooks/{webhook_id}/deliveries", query=query)
    assert answer.status == 200, answer.text
    rows: list[dict[str, Any]] = answer.json["data"]
    return rows

"""Campaigns, made over HTTP."""

from typing import Any

from tests.testing.factories.accounts import Owner
from tests.testing.factories.lists import make_list, make_sender

HTML = (
    "<html><body><p>Hello [first_name,friend]</p>"
    '<p><a href="https://example.com/offer">Offer</a> <a href="[UNSUBSCRIBE]">Leave</a></p></body></html>'
)


def add_contacts(owner: Owner, list_id: int, *emails: str) -> list[int]:
    """Add contacts with a call for each, and return their ids; for many contacts, use the import."""
    ids = []
    for email in emails:
        answer = owner.api.post(f"/lists/{list_id}/contacts", json={"email": email})
        assert answer.status == 201, answer.text
        ids.append(int(answer.json["data"]["id"]))
    return ids


def make_campaign(owner: Owner, *, list_id: int | None = None, sender_id: str | None = None, **fields: Any) -> int:
    """Make a campaign that can be scheduled, and return its id."""
    body = {
        "name": "Spring",
        "audience": {"list_id": list_id or make_list(owner)},
        "sender": {"id": sender_id or make_sender(owner)},
        "content": {"subject": "News for [email]", "html": HTML},
        **fields,
    }
    answer = owner.api.post("/campaigns", json=body)
    assert answer.status == 201, answer.text
    return int(answer.json["id"])

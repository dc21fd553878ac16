"""Senders and lists, made over HTTP."""

import uuid
from typing import Any

from tests.testing.factories.accounts import Owner


def make_sender(owner: Owner, **fields: Any) -> str:
    """Return the id of a sender with the owner's own address, which is confirmed at once; make it if it does not exist."""
    existing = owner.api.get("/brands/default/senders").json["data"]
    for sender in existing:
        if sender["email"] == owner.email:
            return str(sender["id"])
    answer = owner.api.post("/brands/default/senders", json={"name": "Owner", "email": owner.email, **fields})
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


def make_list(owner: Owner, *, accept_policy: bool = True, **fields: Any) -> int:
    body = {"name": f"List {uuid.uuid4().hex[:6]}", "default_sender": {"id": make_sender(owner)}, **fields}
    answer = owner.api.post("/lists", json=body)
    assert answer.status == 201, answer.text
    list_id = int(answer.json["id"])
    if accept_policy:
        assert owner.api.post(f"/lists/{list_id}/accept-policy").status == 200
    return list_id

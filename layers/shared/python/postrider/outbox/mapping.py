"""Convert events to JSON and back."""

from collections.abc import Mapping
from typing import Any

from postrider.kit.actors import Actor, Origin
from postrider.outbox.model import DomainEvent, DomainEventType


def to_json(event: DomainEvent) -> dict[str, Any]:
    """Return an event as JSON, without members that are None."""
    actor = event.actor
    values: dict[str, Any] = {
        "id": event.id,
        "type": event.type.value,
        "at_ms": event.at_ms,
        "data": dict(event.data),
        "list_id": event.list_id,
        "user_id": actor.user_id,
        "email": actor.email,
        "user_account_id": actor.account_id,
        "ip": actor.ip,
        "origin": actor.origin.value,
    }
    return {name: value for name, value in values.items() if value is not None}


def from_json(account_id: str, values: Mapping[str, Any]) -> DomainEvent:
    return DomainEvent(
        id=values["id"],
        type=DomainEventType(values["type"]),
        account_id=account_id,
        at_ms=int(values["at_ms"]),
        data=values["data"],
        list_id=values.get("list_id"),
        actor=Actor(
            user_id=values.get("user_id"),
            email=values.get("email"),
            account_id=values.get("user_account_id"),
            ip=values.get("ip"),
            origin=Origin(values["origin"]),
        ),
    )

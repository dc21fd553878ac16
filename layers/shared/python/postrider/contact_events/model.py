"""Define a contact event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """The kind of an event: an event, or a view of a page or of a screen of an app, named after the page or screen."""

    EVENT = "event"
    PAGE = "page"
    SCREEN = "screen"


@dataclass(frozen=True, kw_only=True)
class ContactEvent:
    """An event of a contact. `id` is unique for the contact; `properties` are JSON-safe."""

    id: str
    name: str
    occurred_at: datetime
    kind: EventKind = EventKind.EVENT
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EventBacklog:
    """The events of a visitor that a task moves to the contact, which was identified at the moment `until`."""

    contact_id: int
    until: datetime

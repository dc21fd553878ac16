"""Define a contact event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """An event, or a view of a page or of a screen of an app, whose name is that of the page or screen."""

    EVENT = "event"
    PAGE = "page"
    SCREEN = "screen"


@dataclass(frozen=True, kw_only=True)
class ContactEvent:
    """An event of a contact. Events of a contact with the same `id` are one; `properties` are JSON-safe."""

    id: str
    name: str
    occurred_at: datetime
    kind: EventKind = EventKind.EVENT
    properties: Mapping[str, Any] = field(default_factory=dict)

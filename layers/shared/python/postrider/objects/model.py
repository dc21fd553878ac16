"""Define objects, their types, and the relations between objects and contacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ObjectType:
    """A kind of objects. Types of an account are numbered from 1."""

    id: int
    account_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class DataObject:
    """An object. `id` is unique within its type, `number` is unique on the platform; neither of them changes.

    `attributes` are JSON-safe; `set_at` has the moment of the last change by attribute.
    """

    account_id: str
    type_id: int
    id: str
    number: int
    created_at: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)
    set_at: Mapping[str, datetime] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Relation:
    """The relation of a contact to an object, with attributes of its own. `version` is 0 before it is stored."""

    contact_id: int
    type_id: int
    object_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0

    @property
    def key(self) -> tuple[int, int, str]:
        return self.contact_id, self.type_id, self.object_id

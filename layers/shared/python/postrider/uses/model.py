"""Define a use: a used object, and its owner, which uses it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class UsedKind(StrEnum):
    SEGMENT = "segment"
    SENDER = "sender"
    SNIPPET = "snippet"


class OwnerKind(StrEnum):
    CAMPAIGN = "campaign"
    VARIANT = "variant"
    WORKFLOW = "workflow"
    ACTION = "action"
    TEMPLATE = "template"


@dataclass(frozen=True, order=True)
class UsedObject:
    """A segment or a sender by its id, or a snippet by its name."""

    kind: UsedKind
    name: str


@dataclass(frozen=True, order=True)
class UsingObject:
    kind: OwnerKind
    id: str


def named(
    *, segment_id: int | None = None, sender_id: str | None = None, snippets: Iterable[str] = ()
) -> frozenset[UsedObject]:
    """Return the objects that an owner with these settings, and snippets in its content, uses."""
    used = {UsedObject(UsedKind.SNIPPET, name) for name in snippets}
    if segment_id is not None:
        used.add(UsedObject(UsedKind.SEGMENT, str(segment_id)))
    if sender_id is not None:
        used.add(UsedObject(UsedKind.SENDER, sender_id))
    return frozenset(used)

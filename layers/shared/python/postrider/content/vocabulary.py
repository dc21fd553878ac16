"""The words a content may use for its reader: the attributes of the list it goes to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """`fields` are (name, type) of the list's custom attributes; None while no list is chosen.

    Without a list every name in brackets that is not built in stays text, and conditions are not looked into.
    """

    fields: tuple[tuple[str, str], ...] | None = None

    @classmethod
    def of(cls, attributes: Mapping[str, str]) -> "Vocabulary":
        """`attributes` is type by name, as the list has them."""
        return cls(tuple(sorted(attributes.items())))

    def names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.fields or ())

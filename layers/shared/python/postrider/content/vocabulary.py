"""Describe the attributes of the list that a content is written for."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """The (name, type) pairs of the list's custom attributes; None while no list is chosen.

    Without a list, names in brackets that are not built in stay text, and conditions are not parsed.
    """

    fields: tuple[tuple[str, str], ...] | None = None

    @classmethod
    def of(cls, attributes: Mapping[str, str]) -> "Vocabulary":
        """Return the vocabulary for attributes given as {name: type}."""
        return cls(tuple(sorted(attributes.items())))

    def names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.fields or ())

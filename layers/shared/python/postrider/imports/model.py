"""An import: rows given, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class GivenRow:
    """As it was given; a value of None clears the attribute."""

    email: str
    attributes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """`number` counts the given rows from 0."""

    number: int
    email: str
    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class StartedImport:
    """`contact_ids` in the order of the rows that were taken."""

    import_id: str
    contact_ids: list[int]
    refused: list[RefusedRow]

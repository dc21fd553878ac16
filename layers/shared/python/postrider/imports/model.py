"""Define the rows of an import and its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from postrider.attributes.model import AttributeFormat


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    """A row of the caller. A value of None clears the attribute."""

    email: str
    attributes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class InvalidRow:
    """A row that cannot be imported. `number` counts the rows of a call from 0, and those of a
    file from 1, without the header and blank lines; `cells` are those of the file; `field` is "email" or an attribute.

    `expected` is the required format of an invalid value of an attribute, or None.
    """

    number: int
    email: str
    code: str
    reason: str
    field: str | None = None
    cells: tuple[str, ...] = ()
    expected: AttributeFormat | None = None


@dataclass(frozen=True, kw_only=True)
class StartedImport:
    """A started import. `contact_ids` are in the order of the rows."""

    import_id: str
    contact_ids: list[int]

"""Define imports of data beside contacts of a list: people, events, objects, relations and suppressions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from postrider.contacts.identifiers import IdentifierKind


class DataKind(StrEnum):
    """The kind of the rows of a file."""

    PEOPLE = "people"
    EVENTS = "events"
    OBJECTS = "objects"
    RELATIONS = "relations"
    SUPPRESSIONS = "suppressions"


class RowsToImport(StrEnum):
    """The rows to import: of new, of existing, or of all people or objects."""

    ALL = "all"
    NEW_ONLY = "new_only"
    EXISTING_ONLY = "existing_only"


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """The settings of an import. `key` is the column that identifies people; objects have a `type_id` instead.

    If the key is CONTACT_ID, cells have `contact_id_prefix` and the contact id in hexadecimal digits.
    """

    kind: DataKind
    key: IdentifierKind | None = None
    key_column: str = ""
    type_id: int | None = None
    rows: RowsToImport = RowsToImport.ALL
    contact_id_prefix: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "DataOptions":
        key = stored["key"] and IdentifierKind(stored["key"])
        kinds = {"kind": DataKind(stored["kind"]), "key": key, "rows": RowsToImport(stored["rows"])}
        return cls(**{**stored, **kinds})


class ImportStage(StrEnum):
    """The stage of an import; the final stages are IMPORTED, FAILED and CANCELLED."""

    FETCHING = "fetching"
    FETCHED = "fetched"
    CUTTING = "cutting"
    CUT = "cut"
    WRITING = "writing"
    IMPORTED = "imported"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class DataImport:
    """An import with its public number. `task_id` is the id of the task that fetches the file."""

    id: int
    account_id: str
    name: str
    description: str
    options: DataOptions
    task_id: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ImportProgress:
    """The progress of an import. `rows` is the number of valid rows read so far, `imported` of imported rows."""

    stage: ImportStage
    rows: int
    imported: int
    problem: str | None
    updated_at: datetime

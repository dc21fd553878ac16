"""Read the rows of files of other data than contacts; pure. Names of columns are case-sensitive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.imports.data_model import DataKind, DataOptions
from postrider.imports.file_rows import check_cells
from postrider.imports.model import InvalidRow
from postrider.kit.clock import from_unix
from postrider.kit.csv_cells import unescape_formula
from postrider.kit.errors import Invalid

MAX_COLUMNS = 100
NAME, TIMESTAMP, OBJECT_ID, OBJECT_TYPE_ID = "name", "timestamp", "object_id", "object_type_id"
_NEEDED = {
    DataKind.PEOPLE: (),
    DataKind.EVENTS: (NAME,),
    DataKind.OBJECTS: (OBJECT_ID,),
    DataKind.RELATIONS: (OBJECT_TYPE_ID, OBJECT_ID),
    DataKind.SUPPRESSIONS: (),
}
"""Columns that a file needs beside the key."""
MAX_ID_DIGITS = 13


@dataclass(frozen=True, kw_only=True)
class DataRow:
    """A row as texts by column, without blank cells; `number` counts from 1 within a part."""

    number: int
    texts: Mapping[str, str]
    cells: tuple[str, ...]

    def text(self, column: str) -> str:
        """Return a required cell. Raises Invalid if it is blank."""
        if column not in self.texts:
            raise Invalid(f"The row has no {column!r}.", code="csv_cell_missing", field=column)
        return self.texts[column]

    def others(self, *columns: str) -> dict[str, str]:
        """Return the cells of all other columns by their names."""
        return {name: text for name, text in self.texts.items() if name not in columns}

    def refused(self, exc: Invalid) -> InvalidRow:
        """Return the report of the row."""
        return refused_row(self.number, self.cells, exc)


def refused_row(number: int, cells: Sequence[str] | None, exc: Invalid) -> InvalidRow:
    return InvalidRow(number=number, email="", code=exc.code, reason=exc.message, cells=tuple(cells or ()))


def check_columns(columns: Sequence[str], options: DataOptions) -> None:
    """Raise Invalid if a file with these columns cannot be imported."""
    if len(columns) > MAX_COLUMNS:
        raise _invalid(f"Too many columns: at most {MAX_COLUMNS} are allowed.")
    for name in [options.key_column, *_NEEDED[options.kind]]:
        if name and name not in columns:
            raise _invalid(f"The file has no column {name!r}.")
    repeated = {name for name in columns if name and columns.count(name) > 1}
    if repeated:
        raise _invalid(f"Several columns have the name {min(repeated)!r}.")


def read_row(number: int, cells: Sequence[str] | None, columns: Sequence[str]) -> DataRow:
    """Return a row. Raises Invalid for a row that cannot be read."""
    readable = check_cells(cells, len(columns))
    texts = {
        name: unescape_formula(cell) for name, cell in zip(columns, readable, strict=False) if name and cell.strip()
    }
    return DataRow(number=number, texts=texts, cells=tuple(readable))


def identifier_of(row: DataRow, options: DataOptions) -> Identifier:
    """Return the identifier of the row's person. Raises Invalid if it is missing or invalid."""
    text = row.text(options.key_column).strip()
    if options.key == IdentifierKind.EMAIL:
        return Identifier.email(text)
    if options.key == IdentifierKind.EXTERNAL_ID:
        return Identifier.external_id(text)
    digits = text.removeprefix(options.contact_id_prefix)
    if not text.startswith(options.contact_id_prefix) or not is_hex(digits):
        reason = f"Invalid {options.key_column} {text[:40]!r}."
        raise Invalid(reason, code="identifier_invalid", field=options.key_column)
    return Identifier.contact_id(int(digits, 16))


def is_hex(digits: str) -> bool:
    return 0 < len(digits) <= MAX_ID_DIGITS and not set(digits) - set("0123456789abcdef")


def moment_of(text: str) -> datetime:
    """Parse Unix seconds, or a date and time of ISO 8601, which is UTC by default. Raises Invalid."""
    try:
        if text.strip().isdecimal():
            return from_unix(int(text))
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError, OSError) as exc:
        reason = f"Invalid timestamp {text[:40]!r}: expected Unix seconds, or a date and time of ISO 8601."
        raise Invalid(reason, code="timestamp_invalid", field=TIMESTAMP) from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _invalid(reason: str) -> Invalid:
    return Invalid(reason, code="csv_columns_invalid", field="columns")

"""Read the rows of a file: an address, values of attributes, a status, tags, interests and consents; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from postrider.contacts.address import parse
from postrider.contacts.model import Status
from postrider.groups.rules import TAG_NAME
from postrider.imports import consent_cells
from postrider.imports.columns import CONSENTS, EMAIL, INTERESTS, OPTED_IN_ON, STATUS, SUBSCRIBED_ON, TAGS
from postrider.imports.csv_file import BROKEN, MAX_CELL_CHARS
from postrider.imports.model import InvalidRow
from postrider.imports.service import ValidRow
from postrider.kit.csv_cells import unescape_formula
from postrider.kit.errors import Invalid

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.attributes.service import Schema

STATUSES: Mapping[str, Status] = {
    "active": Status.ACTIVE,
    "subscribed": Status.ACTIVE,
    "confirmed": Status.ACTIVE,
    "pending": Status.PENDING,
    "unconfirmed": Status.PENDING,
    "unsubscribed": Status.UNSUBSCRIBED,
    "invalid": Status.INVALID,
    "bounced": Status.INVALID,
    "cleaned": Status.INVALID,
    "flagged": Status.FLAGGED,
    "complained": Status.FLAGGED,
}
"""Words of a status column: of this platform and of other tools."""
MAX_SHOWN = 80
_OF_CONSENT = frozenset({SUBSCRIBED_ON, OPTED_IN_ON, *CONSENTS})


class RowReader:
    """A reader of rows, which also collects warnings about values of valid rows that are not imported."""

    def __init__(
        self, columns: Sequence[str | None], schema: Schema, interests: Mapping[str, int], now: datetime
    ) -> None:
        """Initialize the reader with the targets of the columns, the attributes, the ids of interests by name, and the
        start of the import."""
        self._columns, self._schema, self._interests, self._now = columns, schema, interests, now
        self.warnings: list[InvalidRow] = []

    def read(self, number: int, cells: Sequence[str] | None) -> ValidRow:
        """Return the row. An empty cell keeps the value of the contact. Raises Invalid."""
        cells = check_cells(cells, len(self._columns))
        texts = {
            target: unescape_formula(cell)
            for target, cell in zip(self._columns, cells, strict=False)
            if target and cell.strip()
        }
        address = parse(texts.pop(EMAIL, ""))
        status = _status(texts.pop(STATUS, ""))
        tags, interests = _names_in(texts.pop(TAGS, "")), _names_in(texts.pop(INTERESTS, ""))
        opted_in_at, consents = consent_cells.opted_in_at(texts, self._now), consent_cells.consents(texts, self._now)
        values = self._schema.values_of({name: text for name, text in texts.items() if name not in _OF_CONSENT})
        for tag in tags:
            if not TAG_NAME.fullmatch(tag):
                reason = f"Invalid tag {tag[:MAX_SHOWN]!r}: expected 1 to 64 letters, digits and .-+_ characters."
                self._warn(number, address.original, "tag_invalid", reason)
        for interest in interests:
            if interest not in self._interests:
                reason = f"Unknown interest {interest[:MAX_SHOWN]!r}: create it on the list first."
                self._warn(number, address.original, "interest_unknown", reason)
        return ValidRow(
            number=number,
            address=address,
            attributes=values,
            tags=frozenset(tag for tag in tags if TAG_NAME.fullmatch(tag)),
            interests=frozenset(self._interests[name] for name in interests if name in self._interests),
            status=status,
            opted_in_at=opted_in_at,
            consents=consents,
            cells=tuple(cells),
        )

    def refused(self, number: int, cells: Sequence[str] | None, exc: Invalid) -> InvalidRow:
        """Return the report of a row that cannot be read."""
        email = "" if cells is None else next(iter(cells[self._columns.index(EMAIL) :]), "")
        return InvalidRow(number=number, email=email, code=exc.code, reason=exc.message, cells=tuple(cells or ()))

    def _warn(self, number: int, email: str, code: str, reason: str) -> None:
        self.warnings.append(InvalidRow(number=number, email=email, code=code, reason=reason))


def check_cells(cells: Sequence[str] | None, columns: int) -> Sequence[str]:
    """Return the cells of a row of a file with this number of columns. Raises Invalid for a row that cannot be read."""
    if cells is None or any("\0" in cell for cell in cells):
        reason = "Invalid row: it has an unclosed quote or a NUL character."
        raise Invalid(reason, code="csv_row_invalid")
    if any(BROKEN in cell for cell in cells):
        reason = "Invalid row: it has bytes that are invalid in the encoding of the file."
        raise Invalid(reason, code="csv_row_encoding")
    longest = max(map(len, cells), default=0)
    if longest > MAX_CELL_CHARS:
        reason = f"Invalid row: a cell has {longest} characters, and at most {MAX_CELL_CHARS} are allowed; shorten it."
        raise Invalid(reason, code="csv_cell_too_long")
    if len(cells) > columns:
        reason = f"Invalid row: it has {len(cells)} cells, but the header has {columns} columns."
        raise Invalid(reason, code="csv_row_too_long")
    return cells


def _status(text: str) -> Status | None:
    word = text.strip().casefold()
    if word and word not in STATUSES:
        reason = (
            f"Unknown status {text.strip()[:MAX_SHOWN]!r}: expected active, pending, unsubscribed, invalid or flagged."
        )
        raise Invalid(reason, code="status_unknown")
    return STATUSES.get(word)


def _names_in(text: str) -> list[str]:
    """Return the names in a cell, which is parsed as CSV: separated by commas, or by semicolons if it has no comma."""
    try:
        names = [name for row in csv.reader(io.StringIO(text), skipinitialspace=True) for name in row]
    except csv.Error:
        names = [text]
    if len(names) == 1:
        names = names[0].split(";")
    return list(dict.fromkeys(filter(None, (name.strip() for name in names))))

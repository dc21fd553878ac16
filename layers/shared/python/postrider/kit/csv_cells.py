"""CSV that spreadsheets cannot mistake for formulas (https://owasp.org/www-community/attacks/CSV_Injection)."""

import csv
import io
import re
from collections.abc import Iterable

_FORMULA = re.compile(r"""^["';,\s]*[=+\-@]|^[\t\r\n]""")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def safe(text: str) -> str:
    """The text with an apostrophe in front when a spreadsheet would calculate it; a plain number stays as it is."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def restored(text: str) -> str:
    """The text that `safe` was given: an import undoes what an export did."""
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text


def rows_as_csv(rows: Iterable[Iterable[object]]) -> bytes:
    """RFC 4180: CRLF, quotes where they are needed, UTF-8; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(["" if cell is None else safe(str(cell)) for cell in row])
    return out.getvalue().encode()

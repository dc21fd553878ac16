"""Write CSV cells that spreadsheets do not execute (https://owasp.org/www-community/attacks/CSV_Injection)."""

import csv
import io
import re
from collections.abc import Iterable

_FORMULA = re.compile(r"""^["';,\s]*[=+\-@]|^[\t\r\n]""")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def escape_formula(text: str) -> str:
    """Return the text, with a leading apostrophe if a spreadsheet would read it as a formula. Numbers are unchanged."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unescape_formula(text: str) -> str:
    """Return the original text of `escape_formula`, so that an import can read an exported file."""
    return text[1:] if text.startswith("'") and escape_formula(text[1:]) == text else text


def rows_as_csv(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows as CSV (RFC 4180): CRLF, quotes where needed, UTF-8. None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(["" if cell is None else escape_formula(str(cell)) for cell in row])
    return out.getvalue().encode()


def names_as_cell(names: Iterable[str]) -> str:
    """Return names as one cell in CSV: separated by commas, and quoted if needed."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(names)
    return out.getvalue()

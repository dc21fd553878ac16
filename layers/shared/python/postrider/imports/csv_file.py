"""CSV files of any size, read in parts that begin and end at records; pure.

A part is found by counting quotes: a line break is the end of a record when an even number of quotes came before it
(RFC 4180 doubles a quote inside quotes). So one pass over the bytes, at the speed of `bytes.count`, cuts the file.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from postrider.kit.errors import Invalid

PART_BYTES = 512 * 1024
"""About 10,000 rows: a part takes some seconds and is what a crash repeats."""
MAX_BYTES = 1024 * 1024 * 1024
MAX_RECORD_BYTES = 1024 * 1024
"""A longer record is a quote that is never closed."""
MAX_COLUMNS = 300
HEAD_BYTES = 256 * 1024
DELIMITERS = ",;\t|"
UTF_8, WINDOWS = "utf-8", "cp1252"
EMAIL_NAMES = ("email", "e-mail", "email_address", "email address", "emailaddress", "mail")

_SIGNATURES = {
    b"\x1f\x8b": "is compressed",
    b"PK\x03\x04": "is a zip archive or a spreadsheet",
    b"\xff\xfe": "is UTF-16",
    b"\xfe\xff": "is UTF-16",
}
_QUOTE = b'"'
_QUOTED = re.compile('"[^"]*"')


@dataclass(frozen=True)
class Form:
    """How a file is written, as its beginning tells; `data_at` is where the first record after the header starts."""

    columns: tuple[str, ...]
    delimiter: str
    line_break: str
    data_at: int


def form_of(head: bytes) -> Form:
    """From the first HEAD_BYTES of a file. Raises Invalid for what is no CSV file with a header."""
    for signature, what in _SIGNATURES.items():
        if head.startswith(signature):
            raise _bad(f"The file {what}; a CSV file in UTF-8 is needed.")
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    line_break = b"\n" if b"\n" in head else b"\r"
    end = _record_end(head, start, line_break)
    if end is None:
        if len(head) >= HEAD_BYTES:
            raise _bad("The file has no line break where its header should end.")
        end = len(head)
    line = decoded(head[start:end], UTF_8 if is_utf_8(head[start:end]) else WINDOWS).strip("\r\n")
    delimiter = Counter(char for char in _QUOTED.sub("", line) if char in DELIMITERS).most_common(1)
    columns = _cells(line, delimiter[0][0] if delimiter else ",")
    if len(columns) > MAX_COLUMNS:
        raise _bad(f"A file has at most {MAX_COLUMNS} columns.")
    if "\0" in line or not any(columns):
        raise _bad("The file has no header.")
    twice = [name for name, count in Counter(name.lower() for name in columns if name).items() if count > 1]
    if twice:
        raise _bad(f"The header names {twice[0]!r} twice.")
    return Form(columns, delimiter[0][0] if delimiter else ",", line_break.decode(), end)


def email_column(columns: Sequence[str]) -> int | None:
    """The number of the column that holds addresses, by its name."""
    lowered = [name.lower() for name in columns]
    return next((lowered.index(name) for name in EMAIL_NAMES if name in lowered), None)


class Cuts:
    """Fed with a file from `data_at` on, finds where the record starts that each part begins with.

    Part `i` has the records that start from byte `i * PART_BYTES` on (the first: from `data_at`) and before the next
    part's. Also learns whether all of the file is UTF-8.
    """

    def __init__(self, form: Form, size: int) -> None:
        self._break = form.line_break.encode()
        self._offsets = [form.data_at]
        self._size, self._at = size, form.data_at
        self._inside = False
        self._seeking_since: int | None = None
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(UTF_8)()

    def feed(self, chunk: bytes) -> None:
        """The next bytes. Raises Invalid when a quote is never closed."""
        self._check_encoding(chunk)
        position = 0
        while position < len(chunk):
            position = self._seek(chunk, position) if self._seeking_since is not None else self._count(chunk, position)
        self._at += len(chunk)

    @property
    def encoding(self) -> str:
        return UTF_8 if self._decoder is not None else WINDOWS

    def offsets(self) -> list[int]:
        """Start of each part, and the size of the file at the end. Raises Invalid when a quote is never closed."""
        if self._seeking_since is not None and self._inside:
            raise _open_quote(self._seeking_since)
        count = parts_of(self._size)
        return [*self._offsets, *[self._size] * (count - len(self._offsets)), self._size]

    def _boundary(self) -> int:
        return len(self._offsets) * PART_BYTES

    def _count(self, chunk: bytes, position: int) -> int:
        """Over what lies before the next boundary only quotes are counted."""
        end = min(max(self._boundary() - self._at, position), len(chunk))
        self._inside ^= bool(chunk.count(_QUOTE, position, end) & 1)
        if end < len(chunk):
            self._seeking_since = self._at + end
            if end == position:
                return self._seek(chunk, end)
        return end

    def _seek(self, chunk: bytes, position: int) -> int:
        """From a boundary on, the next line break outside quotes ends the part before."""
        since = self._seeking_since or 0
        while (found := chunk.find(self._break, position)) >= 0:
            self._inside ^= bool(chunk.count(_QUOTE, position, found) & 1)
            position = found + 1
            if not self._inside:
                start = self._at + position
                while self._boundary() <= start and len(self._offsets) < parts_of(self._size):
                    self._offsets.append(start)
                self._seeking_since = None
                return position
        self._inside ^= bool(chunk.count(_QUOTE, position) & 1)
        if self._at + len(chunk) - since > MAX_RECORD_BYTES:
            raise _open_quote(since)
        return len(chunk)

    def _check_encoding(self, chunk: bytes) -> None:
        if self._decoder is not None:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._decoder = None


def parts_of(size: int) -> int:
    return max(1, -(-size // PART_BYTES))


def records(part: bytes, encoding: str, delimiter: str) -> Iterator[list[str] | None]:
    """Rows of cells; None for one that cannot be read. Blank lines are left out."""
    ended = False

    def lines() -> Iterator[str]:
        nonlocal ended
        yield from io.StringIO(decoded(part, encoding), newline="")
        ended = True

    reader = csv.reader(lines(), delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if ended:  # it asked for more: a quote is open, and what follows it went into one cell
            yield None
            return
        if any(cell.strip() for cell in row):
            yield row


def decoded(raw: bytes, encoding: str) -> str:
    return raw.decode(encoding, errors="replace")


def is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def _record_end(raw: bytes, start: int, line_break: bytes) -> int | None:
    inside, position = False, start
    while (found := raw.find(line_break, position)) >= 0:
        inside ^= bool(raw.count(_QUOTE, position, found) & 1)
        position = found + 1
        if not inside:
            return position
    return None


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), []))


def _bad(reason: str) -> Invalid:
    return Invalid(reason, code="csv_invalid", field="upload_id")


def _open_quote(at: int) -> Invalid:
    return _bad(f"A quote before byte {at} is never closed.")

"""Cut CSV files of any size into parts that begin and end at records, and read their rows; pure functions.

Own code, because CSV readers cannot start in the middle of a file. A line break ends a record when an even number of
quotes precedes it (RFC 4180 doubles a quote inside quotes), so one pass with `bytes.count` finds the parts.
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
"""About 10,000 rows, written in some seconds. A crash repeats one part."""
MAX_BYTES = 1024 * 1024 * 1024
MAX_RECORD_BYTES = 1024 * 1024
"""A longer record is refused: its line never ends, or it has an unclosed quote."""
MAX_COLUMNS = 300
HEAD_BYTES = 256 * 1024
DELIMITERS = ",;\t|"
UTF_8, WINDOWS = "utf-8", "cp1252"
EMAIL_NAMES = ("email", "e-mail", "email_address", "email address", "emailaddress", "mail")

_SIGNATURES = {
    b"\x1f\x8b": "compressed",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\xff\xfe": "encoded as UTF-16",
    b"\xfe\xff": "encoded as UTF-16",
}
_QUOTE = b'"'
_QUOTED = re.compile('"[^"]*"')


@dataclass(frozen=True)
class Format:
    """The columns and syntax of a file. `data_at` is the position of the first record after the header."""

    columns: tuple[str, ...]
    delimiter: str
    line_break: str
    data_at: int


def format_of(head: bytes) -> Format:
    """Detect the format from the first HEAD_BYTES of a file. Raises Invalid when it is not a CSV file with a header."""
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            raise _invalid(f"Invalid file: it is {kind}; expected a CSV file in UTF-8.")
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    line_break = b"\n" if b"\n" in head else b"\r"
    end = _record_end(head, start, line_break)
    if end is None:
        if len(head) >= HEAD_BYTES:
            raise _invalid(f"Invalid CSV file: no line break ends the header within {HEAD_BYTES} bytes.")
        end = len(head)
    line = decoded(head[start:end], UTF_8 if is_utf_8(head[start:end]) else WINDOWS).strip("\r\n")
    delimiter = Counter(char for char in _QUOTED.sub("", line) if char in DELIMITERS).most_common(1)
    columns = _cells(line, delimiter[0][0] if delimiter else ",")
    if len(columns) > MAX_COLUMNS:
        raise _invalid(f"Too many columns: at most {MAX_COLUMNS} are allowed.")
    if "\0" in line or not any(columns):
        raise _invalid("Invalid CSV file: the first line is not a header.")
    repeated = [name for name, count in Counter(name.lower() for name in columns if name).items() if count > 1]
    if repeated:
        raise _invalid(f"Invalid CSV file: the column {repeated[0]!r} appears twice in the header.")
    return Format(columns, delimiter[0][0] if delimiter else ",", line_break.decode(), end)


def email_column(columns: Sequence[str]) -> int | None:
    """Return the index of the column whose name means email address, or None."""
    lowered = [name.lower() for name in columns]
    return next((lowered.index(name) for name in EMAIL_NAMES if name in lowered), None)


class FileCutter:
    """Finds the positions of the parts while it is fed with a file from `data_at` on, and the file's encoding.

    Part `i` has the records that start from byte `i * PART_BYTES` on (the first part: from `data_at`) and before the
    next part's.
    """

    def __init__(self, file_format: Format, size: int) -> None:
        self._break = file_format.line_break.encode()
        self._offsets = [file_format.data_at]
        self._size, self._at = size, file_format.data_at
        self._inside = False
        self._seeking_since: int | None = None
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(UTF_8)()

    def feed(self, chunk: bytes) -> None:
        """Read the next bytes. Raises Invalid when a quote is never closed, or a record is too long."""
        self._check_encoding(chunk)
        position = 0
        while position < len(chunk):
            position = self._seek(chunk, position) if self._seeking_since is not None else self._count(chunk, position)
        self._at += len(chunk)

    @property
    def encoding(self) -> str:
        """UTF-8 when all bytes read so far are UTF-8, else Windows-1252."""
        return UTF_8 if self._decoder is not None else WINDOWS

    def offsets(self) -> list[int]:
        """Return the start of each part, and the size of the file. Raises Invalid when a quote is never closed."""
        if self._seeking_since is not None and self._inside:
            raise _unclosed_quote(self._seeking_since)
        count = count_parts(self._size)
        return [*self._offsets, *[self._size] * (count - len(self._offsets)), self._size]

    def _boundary(self) -> int:
        return len(self._offsets) * PART_BYTES

    def _count(self, chunk: bytes, position: int) -> int:
        """Count the quotes before the next boundary. Return the new position."""
        end = min(max(self._boundary() - self._at, position), len(chunk))
        self._inside ^= bool(chunk.count(_QUOTE, position, end) & 1)
        if end < len(chunk):
            self._seeking_since = self._at + end
            if end == position:
                return self._seek(chunk, end)
        return end

    def _seek(self, chunk: bytes, position: int) -> int:
        """Find the line break outside quotes after a boundary, which ends the part. Return the new position."""
        since = self._seeking_since or 0
        while (line_end := chunk.find(self._break, position)) >= 0:
            self._inside ^= bool(chunk.count(_QUOTE, position, line_end) & 1)
            position = line_end + 1
            if not self._inside:
                start = self._at + position
                while self._boundary() <= start and len(self._offsets) < count_parts(self._size):
                    self._offsets.append(start)
                self._seeking_since = None
                return position
        self._inside ^= bool(chunk.count(_QUOTE, position) & 1)
        if self._at + len(chunk) - since > MAX_RECORD_BYTES:
            raise _unclosed_quote(since) if self._inside else _long_record(since)
        return len(chunk)

    def _check_encoding(self, chunk: bytes) -> None:
        if self._decoder is not None:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._decoder = None


def count_parts(size: int) -> int:
    """Return the number of parts of a file with this many bytes."""
    return max(1, -(-size // PART_BYTES))


def records(part: bytes, encoding: str, delimiter: str) -> Iterator[list[str] | None]:
    """Yield each row as cells, or None for a row that cannot be read. Blank lines are skipped."""
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
        if ended:  # the reader wanted another line: an unclosed quote took the rest into one cell
            yield None
            return
        if any(cell.strip() for cell in row):
            yield row


def decoded(raw: bytes, encoding: str) -> str:
    """Decode bytes, with replacement characters for invalid ones."""
    return raw.decode(encoding, errors="replace")


def is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def _record_end(raw: bytes, start: int, line_break: bytes) -> int | None:
    inside, position = False, start
    while (line_end := raw.find(line_break, position)) >= 0:
        inside ^= bool(raw.count(_QUOTE, position, line_end) & 1)
        position = line_end + 1
        if not inside:
            return position
    return None


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), []))


def _invalid(reason: str) -> Invalid:
    return Invalid(reason, code="csv_invalid", field="upload_id")


def _unclosed_quote(position: int) -> Invalid:
    return _invalid(f"Invalid CSV file: a quote before byte {position} is never closed.")


def _long_record(position: int) -> Invalid:
    reason = f"the record at byte {position} has no line break within {MAX_RECORD_BYTES} bytes; write one record a line"
    return _invalid(f"Invalid CSV file: {reason}.")

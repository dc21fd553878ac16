"""Cut CSV files of any size into parts that begin and end at records, and read their rows; pure functions.

No library is used, because CSV readers cannot start in the middle of a file. A line break ends a record if an even number
of quotes precedes it (RFC 4180 doubles a quote inside quotes), so one pass with `bytes.count` finds the parts.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from postrider.kit.errors import Invalid

PART_BYTES = 512 * 1024
"""Size of a part: about 10,000 rows, written in some seconds. A crash repeats one part."""
MAX_BYTES = 1024 * 1024 * 1024
MAX_RECORD_BYTES = 1024 * 1024
"""Maximum size of a record. A longer record has no line break, or an unclosed quote."""
MAX_CELL_CHARS = 128 * 1024
MAX_COLUMNS = 300
HEAD_BYTES = 256 * 1024
DELIMITERS = ",;\t|"
UTF_8, WINDOWS = "utf-8", "cp1252"
ENCODINGS = (
    *(UTF_8, WINDOWS),
    *(f"cp{page}" for page in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258, 850, 437)),
    *("iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9", "iso8859-15", "koi8-r", "koi8-u", "mac-roman"),
    *("shift-jis", "euc-jp", "gb18030", "big5", "euc-kr"),
)
"""Encodings of files. All of them encode quotes and line breaks as ASCII, so that a file can be cut."""
LATIN_ENCODINGS = (WINDOWS, "cp1250", "cp1254", "cp1257", "iso8859-2", "iso8859-9", "iso8859-15", "mac-roman", "cp850")
"""Encodings of languages with mostly ASCII letters; short samples of them are also valid in other encodings."""
BROKEN = "\ufffd"
"""The replacement character for invalid bytes."""
SAMPLE_BYTES = 64 * 1024
VALID_FOR_BROKEN = 4
"""Minimum number of valid non-ASCII characters per invalid one in a UTF-8 file; files in other encodings have almost none."""

_SIGNATURES = {
    b"\x1f\x8b": "compressed",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\xff\xfe": "encoded as UTF-16",
    b"\xfe\xff": "encoded as UTF-16",
}
_BOM = codecs.BOM_UTF8
_SEPARATOR = re.compile(rb'"?sep=(.)"?\r?\n', re.IGNORECASE)
"""The first line with which Excel names the delimiter."""
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_LETTER = re.compile(rb"[A-Za-z]")
_AROUND_NAMES = " \t\r\n\xa0\u200b\ufeff"
_QUOTE = b'"'
_QUOTED = re.compile('"[^"]*"')

csv.field_size_limit(2 * MAX_RECORD_BYTES)
"""The reader reads cells of any record as a whole, also those that are then refused, so that their lines are not rows."""


@dataclass(frozen=True)
class CsvFormat:
    """The columns and syntax of a file. `data_at` is the position of the first record after the header."""

    columns: tuple[str, ...]
    delimiter: str
    line_break: str
    data_at: int


def format_of(head: bytes, encoding: str | None = None) -> CsvFormat:
    """Detect the format from the first HEAD_BYTES of a file. Raises Invalid if it is not a CSV file with a header."""
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            raise _invalid(f"Invalid file: it is {kind}; expected a CSV file in UTF-8.")
    start, given_delimiter = _start_of(head)
    line_break = b"\n" if b"\n" in head else b"\r"
    end = _record_end(head, start, line_break)
    if end is None:
        if len(head) >= HEAD_BYTES:
            raise _invalid(f"Invalid CSV file: no line break ends the header within {HEAD_BYTES} bytes.")
        end = len(head)
    line = decoded(head[start:end], encoding or _encoding_of(head)).strip("\r\n")
    counted = Counter(char for char in _QUOTED.sub("", line) if char in DELIMITERS).most_common(1)
    delimiter = given_delimiter or (counted[0][0] if counted else ",")
    columns = _cells(line, delimiter)
    if len(columns) > MAX_COLUMNS:
        raise _invalid(f"Too many columns: at most {MAX_COLUMNS} are allowed.")
    if "\0" in line or not any(columns):
        raise _invalid("Invalid CSV file: the first line is not a header.")
    return CsvFormat(columns, delimiter, line_break.decode(), end)


def first_rows(head: bytes, file_format: CsvFormat, encoding: str | None = None) -> list[list[str]]:
    """Return the complete rows in the first HEAD_BYTES of a file."""
    end = head.rfind(file_format.line_break.encode()) + 1 if len(head) >= HEAD_BYTES else len(head)
    part = head[file_format.data_at : max(end, file_format.data_at)]
    return [row for row in records(part, encoding or _encoding_of(head), file_format.delimiter) if row is not None]


def _start_of(head: bytes) -> tuple[int, str | None]:
    """Return the position of the header, after byte order marks and a line that names the delimiter, and the delimiter."""
    start, delimiter = 0, None
    while True:
        if head.startswith(_BOM, start):
            start += len(_BOM)
        elif delimiter is None and (named := _SEPARATOR.match(head, start)):
            start, delimiter = named.end(), named[1].decode("latin-1")
        else:
            return start, delimiter


def _encoding_of(head: bytes) -> str:
    if head.startswith(_BOM) or is_utf_8(head[: head.rfind(b"\n") + 1] or head):
        return UTF_8
    return guessed_encoding(b"\n".join(_lines_beyond_ascii(head))) or WINDOWS


def guessed_encoding(sample: bytes) -> str | None:
    """Return the encoding that reads the sample best, or None if none does. Windows-1252 has precedence among equals."""
    from charset_normalizer import from_bytes  # imported here, because the import is slow and few files need it

    is_latin = _is_latin(sample)
    encodings = LATIN_ENCODINGS if is_latin else ENCODINGS
    matches = from_bytes(sample, cp_isolation=[name.replace("-", "_") for name in encodings])
    best = matches.best()
    if best is None:
        return WINDOWS if is_latin and BROKEN not in decoded(sample, WINDOWS) else None
    equal = [match for match in matches if match.chaos <= best.chaos and match.coherence >= best.coherence]
    is_windows = any(WINDOWS in match.could_be_from_charset for match in equal)
    return WINDOWS if is_windows else _name_of(best.encoding)


def _lines_beyond_ascii(text: bytes) -> list[bytes]:
    return [line for line in text.splitlines() if not line.isascii()]


def _is_latin(sample: bytes) -> bool:
    """Return whether most words with non-ASCII bytes have more ASCII letters than other bytes."""
    words = [word for word in _WORD.findall(sample) if not word.isascii()]
    return 2 * sum(2 * len(_LETTER.findall(word)) > len(word) for word in words) >= len(words)


def _name_of(codec: str) -> str:
    return next((name for name in ENCODINGS if codecs.lookup(name) == codecs.lookup(codec)), codec)


class FileCutter:
    """A detector of the positions of the parts and of the encoding, which is fed with the file from `data_at` on.

    Part `i` has the records that start at or after byte `i * PART_BYTES` (the first part: `data_at`) and before the range
    of the next part.
    """

    def __init__(self, file_format: CsvFormat, size: int) -> None:
        self._break = file_format.line_break.encode()
        self._offsets = [file_format.data_at]
        self._size, self._at = size, file_format.data_at
        self._inside = False
        self._seeking_since: int | None = None
        self._decoder = codecs.getincrementaldecoder(UTF_8)(errors="replace")
        self._valid = self._broken = 0
        self._sample = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Read the next bytes. Raises Invalid for an unclosed quote or a too long record."""
        self._check_encoding(chunk)
        position = 0
        while position < len(chunk):
            position = self._seek(chunk, position) if self._seeking_since is not None else self._count(chunk, position)
        self._at += len(chunk)

    def encoding(self, head: bytes = b"") -> str | None:
        """Return UTF-8 if almost all bytes read so far are UTF-8, else a guess, or None if the encoding cannot be guessed.

        `head` is the beginning of the file.
        """
        if head.startswith(_BOM) or self._broken * VALID_FOR_BROKEN <= self._valid:
            return UTF_8
        return guessed_encoding(bytes(self._sample))

    def offsets(self) -> list[int]:
        """Return the start of each part, and the size of the file. Raises Invalid for an unclosed quote."""
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
        text = self._decoder.decode(chunk)
        if text.isascii():
            return
        broken = text.count(BROKEN)
        self._broken += broken
        self._valid += len(text) - len(text.encode("ascii", errors="ignore")) - broken
        for line in _lines_beyond_ascii(chunk) if len(self._sample) < SAMPLE_BYTES else ():
            self._sample += line[:SAMPLE_BYTES] + b"\n"


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
        if ended:  # the reader requested another line: an unclosed quote put the rest into one cell
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
    return tuple(cell.strip(_AROUND_NAMES) for cell in next(csv.reader([line], delimiter=delimiter), []))


def _invalid(reason: str) -> Invalid:
    return Invalid(reason, code="csv_invalid", field="upload_id")


def _unclosed_quote(position: int) -> Invalid:
    return _invalid(f"Invalid CSV file: a quote before byte {position} is never closed.")


def _long_record(position: int) -> Invalid:
    reason = f"the record at byte {position} has no line break within {MAX_RECORD_BYTES} bytes; write one record a line"
    return _invalid(f"Invalid CSV file: {reason}.")

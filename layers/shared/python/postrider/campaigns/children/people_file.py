"""Read a file of people: JSON lines, perhaps compressed with gzip, each with an `id` (external) or `email`, and `data`."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from postrider.campaigns.children.model import NamedAudience, NamedPerson
from postrider.contacts.address import parse
from postrider.contacts.identifiers import Identifier, IdentifierKind, parse_external_id
from postrider.kit.errors import Invalid

MAX_FILE_BYTES: Final = 25 * 1024 * 1024
"""Maximum size of the file as it is sent, and of its decompressed text: a task holds it in memory."""
MAX_LINES: Final = 100_000
MAX_OWN_DATA_BYTES: Final = 16 * 1024
"""Maximum size of the data of one person, as JSON."""
_GZIP: Final = b"\x1f\x8b"
_KINDS: Final = {"id": IdentifierKind.EXTERNAL_ID, "email": IdentifierKind.EMAIL}


def people_of(entries: Iterable[tuple[int, Any]], *, may_be_unknown: frozenset[IdentifierKind]) -> NamedAudience:
    """Return the people of the entries, each with its line, and the problems of invalid entries."""
    people, problems = [], {}
    for line, entry in entries:
        try:
            people.append(person_of(line, entry))
        except Invalid as exc:
            problems[line] = exc.message
    return NamedAudience(people=people, problems=problems, may_be_unknown=may_be_unknown)


def person_of(line: int, entry: Any) -> NamedPerson:
    """Return the person of an entry. Raises Invalid for an invalid identifier or invalid data."""
    if not isinstance(entry, Mapping):
        raise Invalid("expected a JSON object")
    names = [(_KINDS[name], entry[name]) for name in _KINDS if entry.get(name) not in (None, "")]
    if len(names) != 1:
        raise Invalid("expected either an id or an email")
    kind, value = names[0]
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Invalid(f"expected a text as {'email' if kind == IdentifierKind.EMAIL else 'id'}")
    data = entry.get("data")
    if data is not None and not isinstance(data, Mapping):
        raise Invalid("expected an object as data")
    if data and not is_small(data, MAX_OWN_DATA_BYTES):
        raise Invalid(f"the data is larger than {MAX_OWN_DATA_BYTES} bytes, or nested too deeply")
    return NamedPerson(line=line, identifier=Identifier(kind, str(value)), data=data or {})


def is_possible(identifier: Identifier) -> bool:
    """Return whether a contact can have this identifier."""
    try:
        if identifier.kind == IdentifierKind.EMAIL:
            parse(identifier.value)
        elif identifier.kind == IdentifierKind.EXTERNAL_ID:
            return parse_external_id(identifier.value) == identifier.value
    except Invalid:
        return False
    return True


def is_small(data: Mapping[str, Any], max_bytes: int) -> bool:
    """Return whether the data can be encoded as JSON of at most this size."""
    try:
        return len(orjson.dumps(data)) <= max_bytes
    except TypeError:  # nested too deeply, a number out of range, or text that is not valid Unicode
        return False


def entries_of(chunks: Iterable[bytes]) -> Iterator[tuple[int, Any]]:
    """Yield the lines of a file with their numbers; a line that is not JSON is yielded as text. Raises Invalid past limits."""
    count = 0
    for number, line in enumerate(_text(chunks).split(b"\n"), start=1):
        if not line.strip():
            continue
        count += 1
        if count > MAX_LINES:
            raise Invalid(f"The file names more than {MAX_LINES} people.", code="file_too_long")
        try:
            yield number, orjson.loads(line)
        except orjson.JSONDecodeError:
            yield number, "no JSON"


def _text(chunks: Iterable[bytes]) -> bytes:
    """Return the text of the file, decompressed if necessary. Raises Invalid for broken compression and for a long text."""
    body = b"".join(chunks)
    if not body.startswith(_GZIP):
        return body
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = reader.decompress(body, MAX_FILE_BYTES + 1)
    except zlib.error as exc:
        raise Invalid("The gzip compression of the file is invalid.", code="file_broken") from exc
    if len(text) > MAX_FILE_BYTES:
        raise Invalid(f"The file has more than {MAX_FILE_BYTES} bytes of text.", code="file_too_long")
    if not reader.eof:
        raise Invalid("The gzip compression of the file is incomplete: its end is missing.", code="file_broken")
    return text

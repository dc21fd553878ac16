"""Read URLs as browsers do, and find where a URL in a text ends."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from postrider.content.document import CLOSE, OPEN

HTTP: Final = re.compile(r"https?://[^\s\x00-\x20\x7f\\]+", re.IGNORECASE)
URL_IN_TEXT: Final = re.compile(r"https?://[^\s<>\"`|\\^{}]+", re.IGNORECASE)
_AROUND: Final = "".join(map(chr, range(0x21)))
_IGNORED: Final = re.compile(r"[\t\n\r]")
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
_SCHEME: Final = re.compile(r"(https?):[/\\]*", re.IGNORECASE)
_TRAILING: Final = ".,;:!?*_~'"
_CLOSING: Final = {")": "(", "]": "["}
_PART_OF_WORDS: Final = "\u00b7\u30fb"
"""The middle dots of Catalan and Japanese."""


def without_breaks(written: str) -> str:
    """Return a URL without the characters that browsers ignore (https://url.spec.whatwg.org/#concept-basic-url-parser)."""
    return _IGNORED.sub("", written.strip(_AROUND))


def as_browsers_read(written: str) -> str:
    """Return a URL as browsers read it: spaces encoded and, for the web, slashes in place of backslashes."""
    url = _CONTROL.sub(lambda char: quote(char[0]), without_breaks(written))
    scheme = _SCHEME.match(url)
    if scheme is None:
        return url
    address, mark, rest = _split(url[scheme.end() :])
    slashes = address.replace("\\", "/")
    return f"{scheme[1]}://{slashes}{mark}{rest.replace(chr(92), '%5C')}"


def _split(url: str) -> tuple[str, str, str]:
    at = min((at for at in (url.find("?"), url.find("#")) if at >= 0), default=len(url))
    return url[:at], url[at : at + 1], url[at + 1 :]


def end_in_text(url: str) -> int:
    """Return where a URL found in a text ends: before punctuation that belongs to the sentence, as mail programs do it."""
    end = _outer_bracket(url[: _foreign_punctuation(url)])
    return len(url[:end].rstrip(_TRAILING))


def _foreign_punctuation(url: str) -> int:
    """Return the place of the first punctuation, space or format character that is not ASCII."""
    for at, char in enumerate(url):
        if char > "\x7f" and char not in (OPEN, CLOSE) and char not in _PART_OF_WORDS:
            category = unicodedata.category(char)
            if category[0] in "PZ" or category in ("Cc", "Cf"):
                return at
    return len(url)


def _outer_bracket(url: str) -> int:
    """Return the place of a closing bracket that was opened before the URL, as in "(https://...)"."""
    depths = dict.fromkeys(_CLOSING.values(), 0)
    for at, char in enumerate(url):
        if char in depths:
            depths[char] += 1
        elif opening := _CLOSING.get(char):
            depths[opening] -= 1
            if depths[opening] < 0:
                return at
    return len(url)

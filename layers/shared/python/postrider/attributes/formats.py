"""Check the formats of values of attributes. Requests have values as text."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

import orjson

from postrider.attributes.model import ADDRESS_MEMBERS, AttributeFormat, Definition
from postrider.filters.moments import of_digits

MOMENT = "%Y-%m-%d %H:%M:%S"
MIN_YEAR = 1000
"""The first allowed year, with four digits: stored moments are texts, whose order must be the order of time."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))?", re.ASCII)
"""A date, or a moment of RFC 3339."""
_PHONE = re.compile(r"\+?[0-9 ().\-/x]{3,50}")
MIN_PHONE_DIGITS: Final = 3
_URL = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_BIRTHDAY = re.compile(r"(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])")
_POSTCODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 \-]{2,9}")
_BOOLEANS = {"true": "true", "1": "true", "false": "false", "0": "false"}


def with_format(definition: Definition, text: str) -> str:
    """Return the text as values of this format are written. Raises ValueError with a reason for people."""
    if definition.format == AttributeFormat.CHOICE and text not in definition.options:
        raise ValueError("is not one of the options")
    convert = _CONVERTERS.get(definition.format)
    return text if convert is None else convert(text)


def _boolean(text: str) -> str:
    if text.strip() not in _BOOLEANS:
        raise ValueError("is not true, false, 1 or 0")
    return _BOOLEANS[text.strip()]


def _date(text: str) -> str:
    if not _DATE.fullmatch(text.strip()):
        raise ValueError("is not a date such as 2030-12-31 or a moment such as 2030-12-31T23:59:59Z")
    moment_of(text.strip())
    return text.strip()


def _matching(text: str, *, pattern: re.Pattern[str], kind: str) -> str:
    if not pattern.fullmatch(text.strip()):
        raise ValueError(f"is not {kind}")
    return text.strip()


def _phone(text: str) -> str:
    kind = "a phone number such as +41 44 668 18 00"
    if sum(character.isdigit() for character in text) < MIN_PHONE_DIGITS:
        raise ValueError(f"is not {kind}")
    return _matching(text, pattern=_PHONE, kind=kind)


def _address(text: str) -> str:
    """Return a postal address as compact JSON. Raises ValueError."""
    reason = f"is not an address: expected an object with texts in {', '.join(ADDRESS_MEMBERS)}"
    try:
        members = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise ValueError(reason) from exc
    if not isinstance(members, dict) or not all(isinstance(member, str) for member in members.values()):
        raise ValueError(reason)
    return orjson.dumps({name: members[name] for name in ADDRESS_MEMBERS if name in members}).decode()


def moment_of(text: str) -> str:
    """Parse `YYYY-MM-DD[ HH:MM:SS]`, ISO 8601 with an offset, or digits (`of_digits`); return it in UTC as MOMENT."""
    try:
        moment = of_digits(text) if _NUMBER.fullmatch(text) else datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError, OSError) as exc:
        raise ValueError("is not a moment such as 2030-12-31 23:59:59, 20301231 or 1924991999 (Unix seconds)") from exc
    if moment.year < MIN_YEAR:
        raise ValueError(f"is not a moment since the year {MIN_YEAR}")
    return moment.strftime(MOMENT)


_CONVERTERS: Final[Mapping[AttributeFormat, Callable[[str], str]]] = {
    AttributeFormat.BOOLEAN: _boolean,
    AttributeFormat.NUMBER: partial(_matching, pattern=_DECIMAL, kind="a decimal number"),
    AttributeFormat.DATE: _date,
    AttributeFormat.ADDRESS: _address,
    AttributeFormat.PHONE: _phone,
    AttributeFormat.URL: partial(_matching, pattern=_URL, kind="a URL with http or https"),
    AttributeFormat.IMAGE: partial(_matching, pattern=_URL, kind="a URL with http or https"),
    AttributeFormat.BIRTHDAY: partial(_matching, pattern=_BIRTHDAY, kind="a month and a day such as 12/31"),
    AttributeFormat.POSTCODE: partial(_matching, pattern=_POSTCODE, kind="a postal code such as 10115"),
}

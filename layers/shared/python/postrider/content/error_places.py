"""Name the place in a content where an error is."""

import re
from typing import Final

from postrider.filters.schema import TextPlace
from postrider.kit.errors import Invalid

_NAMED: Final = re.compile(r" \(line [0-9]+, column [0-9]+\)$")


def place_in(source: str, offset: int) -> TextPlace:
    """Return the place of a character. Lines and columns count from 1."""
    return TextPlace.at(source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset))


def placed(error: Invalid, place: TextPlace) -> Invalid:
    """Return the error with this place instead of any that it has."""
    message = f"{_NAMED.sub('', error.message)} ({place.text})"
    return Invalid(message, code=error.code, details={**error.details, **place.details}, field=error.field)


def place_within(source: str, offset: int, text: str, error: Invalid) -> TextPlace:
    """Return the place of an error that is placed in `text`, when the source has this text at or after `offset`."""
    start = source.find(text, offset)
    line, column = error.details.get("line"), error.details.get("column")
    if start < 0 or not isinstance(line, int) or not isinstance(column, int):
        return place_in(source, offset)
    before = text.split("\n")[: line - 1]
    return place_in(source, start + sum(len(whole) + 1 for whole in before) + column - 1)

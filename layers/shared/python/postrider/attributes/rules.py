"""Rules of custom attributes: names, and values by type. Requests have values as text (main-api.md, section 7)."""

import re
from collections.abc import Mapping

import orjson

from postrider.attributes.formats import moment_of, with_format
from postrider.attributes.model import (
    FORMATS,
    AttributeFormat,
    AttributeType,
    Definition,
    Presentation,
    plain_definition,
)
from postrider.filters.schema import MAX_INTEGER
from postrider.kit.errors import FieldPath, Invalid

NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_OPEN_NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,150}")
RESERVED = frozenset(
    {"id", "email", "status", "registered", "bounce_type", "bounce_count", "tags", "_tags"}
    | {"subscribed_on", "last_bounce_type", "bounces_count", "interests", "tag", "interest"}
)
"""Reserved names: the published names, and their aliases in expressions (main-api.md, sections 6 and 7)."""
WELL_KNOWN = dict.fromkeys(("first_name", "last_name"), plain_definition(AttributeType.TEXT))
"""Standard attributes of several dialects: a missing one is created at its first use."""
STANDARD: dict[str, tuple[Definition, str]] = {
    "first_name": (WELL_KNOWN["first_name"], "First Name"),
    "last_name": (WELL_KNOWN["last_name"], "Last Name"),
    "address": (Definition(type=AttributeType.MEDIUMTEXT, format=AttributeFormat.ADDRESS), "Address"),
    "phone": (Definition(type=AttributeType.TEXT, format=AttributeFormat.PHONE), "Phone Number"),
}
"""Definitions and labels of the attributes of a new list of an API whose lists have them from the start."""
MAX_TEXT = 255
MAX_MEDIUMTEXT_BYTES = 64 * 1024
MAX_BYTES_TOGETHER = 128 * 1024
"""Maximum size of ids and values of a contact in bytes: with its tags and interests, it is one item of at most 400 KB."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
MAX_LABEL, MAX_HELP_TEXT, MAX_DISPLAY_BYTES = 255, 500, 4096
MAX_OPTIONS = 100

Value = str | int


def check_name(name: str) -> None:
    """Check that a new attribute may have this name. Raises Invalid."""
    if not NAME.fullmatch(name):
        raise Invalid(
            f"The attribute name {name!r} is invalid: use 1 to 64 letters, digits, hyphens and underscores.",
            code="attribute_name_invalid",
            field="name",
        )
    if name.lower() in RESERVED:
        raise Invalid(
            f"The attribute name {name!r} is reserved; choose another name.",
            code="attribute_name_reserved",
            field="name",
        )


def check_open_name(name: str) -> None:
    """Check that an attribute may be created by its use under this name. Raises Invalid."""
    if name != name.strip() or not _OPEN_NAME.fullmatch(name):
        raise Invalid(
            f"The attribute name {name[:150]!r} is invalid: use 1 to 150 characters without control characters, and no "
            "blanks around them.",
            code="attribute_name_invalid",
            field="name",
        )


def open_kind_of(text: str | None) -> AttributeType | None:
    """Return the type of a new attribute for this value, or None for a blank value, which needs no attribute."""
    if text is None or not text.strip():
        return None
    return AttributeType.TEXT if len(text) <= MAX_TEXT else AttributeType.MEDIUMTEXT


def must_widen(definition: Definition, text: str | None) -> bool:
    """Return whether a plain text attribute must become a mediumtext for this value."""
    is_plain = (definition.type, definition.format) == (AttributeType.TEXT, AttributeFormat.TEXT)
    return is_plain and open_kind_of(text) == AttributeType.MEDIUMTEXT


def needs_change(types: Mapping[str, AttributeType], texts: Mapping[str, str | None]) -> bool:
    """Return whether some attributes must be created or widened for these values."""
    return any(
        types.get(name) is None or (types[name] == AttributeType.TEXT and kind == AttributeType.MEDIUMTEXT)
        for name, text in texts.items()
        if (kind := open_kind_of(text)) is not None
    )


def text_of(value: object) -> str | None:
    """Return a JSON value as the text of an attribute: a text unchanged, None for null, any other value as JSON."""
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def value_of(kind: AttributeType, text: str) -> Value | None:
    """Return the value to store, or None for a blank text, which clears it. Raises ValueError with a reason for people."""
    if not text.strip():
        return None
    match kind:
        case AttributeType.INTEGER:
            return _integer(text.strip())
        case AttributeType.TIMESTAMP | AttributeType.DATETIME:
            return moment_of(text.strip())
        case AttributeType.TEXT:
            if len(text) > MAX_TEXT:
                raise ValueError(f"has more than {MAX_TEXT} characters")
        case AttributeType.MEDIUMTEXT:
            if len(text.encode()) > MAX_MEDIUMTEXT_BYTES:
                raise ValueError(f"has more than {MAX_MEDIUMTEXT_BYTES} bytes")
    return text


def formatted_value_of(definition: Definition, text: str) -> Value | None:
    """Return the value to store as `value_of` does; also check the format of the text."""
    if not text.strip():
        return None
    text = with_format(definition, text)
    return value_of(definition.type, text)


def check_presentation(presentation: Presentation) -> None:
    """Check how an attribute is shown. Raises Invalid with the field."""
    for name, limit in (("label", MAX_LABEL), ("help_text", MAX_HELP_TEXT)):
        if len(getattr(presentation, name)) > limit:
            raise Invalid(f"The {name} has more than {limit} characters.", code="attribute_text_too_long", field=name)
    if len(orjson.dumps(presentation.display)) > MAX_DISPLAY_BYTES:
        reason = f"The display has more than {MAX_DISPLAY_BYTES} bytes."
        raise Invalid(reason, code="attribute_display_too_large", field="display")


def check_definition(definition: Definition) -> None:
    """Check the definition of an attribute. Raises Invalid with the field."""
    formats = FORMATS[definition.type]
    if definition.format not in formats:
        raise Invalid(
            f"An attribute of the type {definition.type} cannot have the format {definition.format}; "
            f"possible: {', '.join(formats)}.",
            code="attribute_format_invalid",
            field="format",
        )
    _check_options(definition)
    try:
        formatted_value_of(definition, definition.default)
    except ValueError as exc:
        reason = f"The default {definition.default[:80]!r} {exc}."
        raise Invalid(reason, code="attribute_default_invalid", field="default") from exc


def _check_options(definition: Definition) -> None:
    options = definition.options
    reason = None
    if definition.format != AttributeFormat.CHOICE:
        reason = "Only an attribute of the format choice has options; send an empty list." if options else None
    elif not options:
        reason = "An attribute of the format choice needs at least one option."
    elif len(options) > MAX_OPTIONS:
        reason = f"An attribute has at most {MAX_OPTIONS} options."
    elif len(set(options)) < len(options):
        reason = "An option occurs twice; the options of an attribute must differ."
    elif any(not option.strip() or "," in option or len(option) > MAX_TEXT for option in options):
        reason = f"An option is blank, has a comma, or has more than {MAX_TEXT} characters."
    if reason is not None:
        raise Invalid(reason, code="attribute_options_invalid", field="options")


def check_together(values: Mapping[int, Value | None], *, field: FieldPath) -> None:
    """Check that a contact can have all of these values. Raises Invalid."""
    if size_of(values) > MAX_BYTES_TOGETHER:
        reason = f"The attributes of a contact have at most {MAX_BYTES_TOGETHER} bytes together."
        raise Invalid(reason, code="attributes_too_large", field=field)


def size_of(values: Mapping[int, Value | None]) -> int:
    """Return the size of ids and values in bytes."""
    return sum(
        len(str(attribute_id)) + len(str(value).encode()) for attribute_id, value in values.items() if value is not None
    )


def _integer(text: str) -> int:
    if not _NUMBER.fullmatch(text) or abs(int(text)) > MAX_INTEGER:
        raise ValueError("is not an integer of 64 bits")
    return int(text)

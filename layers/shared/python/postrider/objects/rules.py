"""Rules of objects and of attributes of objects and relations; pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from postrider.kit.errors import FieldPath, Invalid
from postrider.objects.model import DataObject, Relation

MAX_ID_CHARS = 150
MAX_NAME_CHARS = 150
MAX_ATTRIBUTES = 300
MAX_OBJECT_BYTES = 100 * 1024
MAX_RELATION_BYTES = 16 * 1024
"""Maximum size of all attributes of an object, or of a relation, as JSON."""
MAX_TYPE_ID = 10**6


def check_type_id(type_id: int) -> None:
    """Raise Invalid for an invalid type id."""
    if not 1 <= type_id <= MAX_TYPE_ID:
        reason = f"Invalid object type {type_id}: expected a number from 1 to {MAX_TYPE_ID}."
        raise Invalid(reason, code="object_type_invalid", field="object_type_id")


def check_object_id(object_id: str) -> None:
    """Raise Invalid for an invalid object id."""
    if not object_id.strip() or len(object_id) > MAX_ID_CHARS or not is_unicode(object_id):
        reason = f"Invalid object id: expected 1 to {MAX_ID_CHARS} characters."
        raise Invalid(reason, code="object_id_invalid", field="object_id")


def is_unicode(text: str) -> bool:
    """Return whether a text is valid Unicode; JSON can encode lone surrogates, which cannot be stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def with_attributes(stored: DataObject, changes: Mapping[str, Any], now: datetime) -> DataObject:
    """Return the object with these attributes; null or a blank text removes an attribute. Raises Invalid past the limits."""
    attributes = merged(stored.attributes, changes, most_bytes=MAX_OBJECT_BYTES, field="attributes")
    if attributes == stored.attributes:
        return stored
    moment = now.replace(microsecond=0)
    set_at = {
        name: stored.set_at[name] if _is_same(stored.attributes, name, value) else moment
        for name, value in attributes.items()
    }
    return replace(stored, attributes=attributes, set_at=set_at)


def with_relation_attributes(relation: Relation, changes: Mapping[str, Any]) -> Relation:
    """Return the relation with these attributes; null or a blank text removes an attribute. Raises Invalid past limits."""
    attributes = merged(relation.attributes, changes, most_bytes=MAX_RELATION_BYTES, field="relation_attributes")
    return relation if attributes == relation.attributes else replace(relation, attributes=attributes)


def merged(
    stored: Mapping[str, Any], changes: Mapping[str, Any], *, most_bytes: int, field: FieldPath
) -> dict[str, Any]:
    """Return the attributes after the changes. Raises Invalid past the limits."""
    attributes = dict(stored)
    for name, value in changes.items():
        if not name.strip() or len(name) > MAX_NAME_CHARS:
            reason = f"Invalid attribute name {name[:40]!r}: expected 1 to {MAX_NAME_CHARS} characters."
            raise Invalid(reason, code="attribute_name_invalid", field=field)
        if value is None or value == "":
            attributes.pop(name, None)
        else:
            attributes[name] = value
    if len(attributes) > MAX_ATTRIBUTES:
        raise Invalid(f"Too many attributes: at most {MAX_ATTRIBUTES}.", code="too_many_attributes", field=field)
    if size_of(attributes) > most_bytes:
        raise Invalid(
            f"The attributes are too large: at most {most_bytes} bytes.", code="attributes_too_large", field=field
        )
    return attributes


def size_of(attributes: Mapping[str, Any]) -> int:
    """Return the size of attributes as JSON. Raises Invalid for values that JSON cannot represent."""
    try:
        return len(orjson.dumps(dict(attributes)))
    except TypeError as exc:
        raise Invalid(
            "Invalid attributes: expected JSON values.", code="attributes_invalid", field="attributes"
        ) from exc


def text_of(value: Any) -> str:
    """Return a value as text for comparisons: `true`, `3`, a text unchanged, lists and objects as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # the JSON library encodes only numbers of 64 bits
    return orjson.dumps(value).decode()


def has_attribute(stored: DataObject, name: str) -> bool:
    return name in stored.attributes


def equals(stored: DataObject, name: str, value: Any) -> bool:
    """Return whether the attribute has this value, compared as text."""
    return name in stored.attributes and text_of(stored.attributes[name]) == text_of(value)


def _is_same(attributes: Mapping[str, Any], name: str, value: Any) -> bool:
    """Return whether the attribute already has this value; 1 and true are different."""
    return name in attributes and text_of(attributes[name]) == text_of(value)

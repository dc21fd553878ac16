"""Translate merge fields to attributes of a list, and back."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from functions.compat.docs.links import Links
from functions.compat.docs.schemas_fields import MergeFieldType, MergeFieldWrite
from postrider.attributes.merge_tags import merge_tags
from postrider.attributes.model import Attribute, AttributeFormat, AttributeType, Definition, Presentation
from postrider.kit.errors import Invalid
from postrider.kit.wire_ids import hex10

TYPES: Final = {
    AttributeFormat.TEXT: MergeFieldType.TEXT,
    AttributeFormat.NUMBER: MergeFieldType.NUMBER,
    AttributeFormat.ADDRESS: MergeFieldType.ADDRESS,
    AttributeFormat.PHONE: MergeFieldType.PHONE,
    AttributeFormat.DATE: MergeFieldType.DATE,
    AttributeFormat.URL: MergeFieldType.URL,
    AttributeFormat.IMAGE: MergeFieldType.IMAGEURL,
    AttributeFormat.BIRTHDAY: MergeFieldType.BIRTHDAY,
    AttributeFormat.POSTCODE: MergeFieldType.ZIP,
    AttributeFormat.CHOICE: MergeFieldType.DROPDOWN,
    AttributeFormat.BOOLEAN: MergeFieldType.TEXT,
}
"""Types of merge fields by format; a choice that is shown as buttons is of the type radio."""
FORMATS: Final = {kind: format_ for format_, kind in reversed(TYPES.items())} | {
    MergeFieldType.RADIO: AttributeFormat.CHOICE
}
RADIO: Final = {"control": "radio"}
"""The display of a choice that is shown as buttons."""
CHOICES: Final = "choices"
DISPLAYED: Final = frozenset({"date_format", "phone_format", "default_country", "size"})
"""Options of a merge field that no rule reads."""


def definition_of(body: MergeFieldWrite) -> Definition:
    """Return what a new field accepts. Raises Invalid for a missing type, or choices that are no texts."""
    if body.type is None:
        raise Invalid("A new merge field needs a type.", code="attribute_type_missing", field="type")
    format_ = FORMATS[body.type]
    return Definition(
        type=AttributeType.MEDIUMTEXT if format_ == AttributeFormat.ADDRESS else AttributeType.TEXT,
        format=format_,
        required=body.required or False,
        default=body.default_value or "",
        options=_choices(body.options or {}),
    )


def presentation_of(body: MergeFieldWrite, others: Sequence[Attribute]) -> Presentation:
    """Return how a new field is shown: by default, after the other fields of the list."""
    last = max((attribute.order for attribute in others), default=0)
    display = _display(body.options or {}) | (RADIO if body.type == MergeFieldType.RADIO else {})
    return Presentation(
        label=body.name,
        merge_tag=(body.tag or "").upper(),
        order=last + 1 if body.display_order is None else body.display_order,
        help_text=body.help_text or "",
        is_public=bool(body.public),
        display=display,
    )


def changes_of(body: MergeFieldWrite, attribute: Attribute) -> dict[str, Any]:
    """Return the changes of an attribute; the type of a field does not change."""
    changes: dict[str, Any] = {
        "label": body.name,
        "merge_tag": body.tag and body.tag.upper(),
        "required": body.required,
        "default": body.default_value,
        "is_public": body.public,
        "order": body.display_order,
        "help_text": body.help_text,
    }
    if body.options is not None:
        changes["display"] = attribute.display | _display(body.options)
        if CHOICES in body.options:
            changes["options"] = _choices(body.options)
    return {name: value for name, value in changes.items() if value is not None}


def rendered_fields(attributes: Sequence[Attribute], here: Links) -> list[dict[str, Any]]:
    """Return all fields of a list in their order."""
    tags = merge_tags(attributes)
    by_order = sorted(attributes, key=lambda attribute: (attribute.order or attribute.id, attribute.id))
    return [
        _rendered(attribute, tags[attribute.id], attribute.order or place, here)
        for place, attribute in enumerate(by_order, start=1)
    ]


def _rendered(attribute: Attribute, tag: str, order: int, here: Links) -> dict[str, Any]:
    path = f"/lists/{hex10(attribute.list_id)}/merge-fields"
    own = f"{path}/{attribute.id}"
    display = {name: value for name, value in attribute.display.items() if name in DISPLAYED}
    return {
        "merge_id": attribute.id,
        "tag": tag,
        "name": attribute.label or attribute.name,
        "type": MergeFieldType.RADIO if attribute.display.items() >= RADIO.items() else TYPES[attribute.format],
        "required": attribute.required,
        "default_value": attribute.default,
        "public": attribute.is_public,
        "display_order": order,
        "options": display | ({CHOICES: list(attribute.options)} if attribute.options else {}),
        "help_text": attribute.help_text,
        "list_id": attribute.list_id,
        "_links": [
            here.link("parent", "GET", path, answer="MergeFields"),
            here.link("update", "PATCH", own, answer="MergeField", body="MergeFieldWrite"),
            here.link("delete", "DELETE", own),
        ],
    }


def _choices(options: Mapping[str, Any]) -> tuple[str, ...]:
    choices = options.get(CHOICES) or []
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        raise Invalid("Invalid choices: expected a list of texts.", code="attribute_options_invalid", field="options")
    return tuple(choices)


def _display(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are only shown. Raises Invalid for one that is neither a text nor a number."""
    display = {name: value for name, value in options.items() if name in DISPLAYED}
    for name, value in display.items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            reason = f"Invalid {name}: expected a text or a number."
            raise Invalid(reason, code="attribute_display_invalid", field=("display", name))
    return display

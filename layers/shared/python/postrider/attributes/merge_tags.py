"""Names of attributes in capital letters, for APIs and contents with such names; pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from postrider.attributes.model import Attribute
from postrider.kit.errors import Conflict, Invalid

MAX_CHARS: Final = 10
WELL_KNOWN_TAGS: Final[Mapping[str, str]] = {
    "FNAME": "first_name",
    "LNAME": "last_name",
    "ADDRESS": "address",
    "PHONE": "phone",
}
"""Names of attributes by their usual merge tags."""
RESERVED_TAGS: Final = frozenset({"EMAIL"})
_TAG: Final = re.compile(rf"[A-Z0-9_]{{1,{MAX_CHARS}}}")
_OWN_TAGS: Final = {name: tag for tag, name in WELL_KNOWN_TAGS.items()}


def merge_tags(attributes: Iterable[Attribute]) -> dict[int, str]:
    """Return the merge tag of each attribute of a list by its id; no two are equal.

    An attribute has the tag that it was given, else the usual one of its name, else its name if that is short enough, else
    one with its id. An older attribute has the tag that two of them would have.
    """
    by_id = sorted(attributes, key=lambda attribute: attribute.id)
    tags: dict[int, str] = {}
    used = set(RESERVED_TAGS)
    for is_given in (True, False):
        for attribute in by_id:
            tag = attribute.merge_tag if is_given else _tag_of_name(attribute.name)
            if attribute.id not in tags and tag and tag not in used:
                tags[attribute.id] = tag
                used.add(tag)
    return {attribute.id: tags.get(attribute.id) or default_tag(attribute.id) for attribute in by_id}


def default_tag(attribute_id: int) -> str:
    """Return the merge tag of an attribute without another one: MMERGE12."""
    tag = f"MMERGE{attribute_id}"
    return tag if len(tag) <= MAX_CHARS else f"M{attribute_id}"


def name_of_tag(tag: str) -> str:
    """Return the name of a new attribute with this merge tag."""
    return WELL_KNOWN_TAGS.get(tag, tag.lower())


def check_merge_tag(tag: str, attributes: Iterable[Attribute], *, own_id: int | None = None) -> None:
    """Check that an attribute of this list may get the tag. Raises Invalid, or Conflict if another one has it."""
    if not _TAG.fullmatch(tag) or tag in RESERVED_TAGS:
        reason = f"The merge tag {tag[:80]!r} is invalid: use 1 to {MAX_CHARS} capital letters, digits and underscores"
        raise Invalid(f"{reason}, and not EMAIL.", code="merge_tag_invalid", field="merge_tag")
    if any(other == tag for key, other in merge_tags(attributes).items() if key != own_id):
        raise Conflict(
            f"Another attribute of the list has the merge tag {tag}; choose another one.",
            code="merge_tag_taken",
            field="merge_tag",
        )


def _tag_of_name(name: str) -> str:
    """Return the tag that follows from a name; blank for a name that is too long or has other characters."""
    tag = _OWN_TAGS.get(name) or name.upper()
    return tag if _TAG.fullmatch(tag) else ""

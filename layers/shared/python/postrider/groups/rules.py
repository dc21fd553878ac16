"""Rules of groups; pure."""

import re

from postrider.kit.errors import Invalid

MAX_NAME_CHARS = 200
MAX_DESCRIPTION_CHARS = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
TAG_NAME = re.compile(r"[A-Za-z0-9.\-+_]{1,64}")
"""The pattern of names in the main API; other APIs allow more."""


def clean_name(name: str) -> str:
    """Return the name of a group without white space around it. Raises Invalid."""
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARS or _CONTROL.search(name):
        reason = f"Invalid name: use 1 to {MAX_NAME_CHARS} characters without control characters."
        raise Invalid(reason, code="group_name_invalid", field="name")
    return name


def clean_description(description: str | None) -> str | None:
    """Return the description, None for a blank one. Raises Invalid."""
    description = (description or "").strip()
    if len(description) > MAX_DESCRIPTION_CHARS or any("\ud800" <= sign <= "\udfff" for sign in description):
        reason = f"Invalid description: use at most {MAX_DESCRIPTION_CHARS} characters."
        raise Invalid(reason, code="group_description_invalid", field="description")
    return description or None

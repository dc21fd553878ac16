"""Rules of snippets; pure."""

import unicodedata

from postrider.content.lazy_source import content_source
from postrider.kit.errors import Invalid

MAX_SNIPPETS = 1000
"""Maximum number of snippets of an account."""
MAX_NAME_CHARS = 150
MAX_VALUE_CHARS = 16_000
MAX_TOTAL_BYTES = 4_000_000
"""Maximum size of all snippets of an account: a listing without pages must fit into a Lambda response (6 MB)."""


def clean_name(name: str) -> str:
    """Return the name without white space around it. Raises Invalid for a name that a content cannot use."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise Invalid("The name of the snippet is blank; give it a name.", code="snippet_name_blank", field="name")
    if len(name) > MAX_NAME_CHARS:
        reason = f"The name of the snippet is too long: at most {MAX_NAME_CHARS} characters are allowed."
        raise Invalid(reason, code="snippet_name_too_long", field="name")
    if any(unicodedata.category(char)[0] == "C" or char in "{}" for char in name) or {'"', "'"} <= set(name):
        reason = "The name of the snippet has control characters, braces or both kinds of quotes; remove them."
        raise Invalid(reason, code="snippet_name_invalid", field="name")
    return name


def clean_value(value: str) -> str:
    """Return the value without white space around it. Raises Invalid for a value that a content cannot contain."""
    value = value.strip()
    if not value:
        raise Invalid("The value of the snippet is blank; give it a text.", code="snippet_value_blank", field="value")
    if len(value) > MAX_VALUE_CHARS:
        reason = f"The value of the snippet is too long: at most {MAX_VALUE_CHARS} characters are allowed."
        raise Invalid(reason, code="snippet_value_too_long", field="value")
    content_source().check_snippet(value)
    return value

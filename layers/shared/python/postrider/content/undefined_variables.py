"""Define the variables that need a value for each recipient: a mail that shows one without a value is not sent.

The variables `contact`, `sender`, `list`, `campaign` and `company`, and all tags in brackets, are empty instead.
"""

from typing import Any, Final

from liquid import Undefined
from liquid.exceptions import UndefinedError
from liquid.undefined import FalsyStrictUndefined

from postrider.content.compiled import MISSING_CODE
from postrider.kit.errors import Invalid

DATA: Final = ("trigger", "message_data", "event")
"""Variables with the data that a program gives for a mail; `trigger` and `message_data` are two names of the same data."""
CUSTOMER: Final = "customer"
"""The variable with the attributes of the recipient, by any name."""
SNIPPETS: Final = "snippets"
"""The variable of snippets. They are inserted before a content is compiled, so that one that is left does not exist."""
LAYOUT: Final = "content"
"""The variable for the content inside a layout. There are no layouts, so it never has a value."""
STRICT: Final = frozenset({CUSTOMER, SNIPPETS, LAYOUT, *DATA})


class MissingValue(FalsyStrictUndefined):
    """The value of a strict variable that has none: false in conditions, replaced by `default`, and an error when shown."""

    force_liquid_default = True


def undefined(name: str, *, hint: str | None = None, token: Any = None, obj: object = None) -> Undefined:
    """Return the value of a variable that has none; `hint` is its path and words of the library."""
    if name in STRICT:
        path = (hint or name).removesuffix(" is undefined").strip("'")
        return MissingValue(name, hint=path, token=token)
    return Undefined(name, hint=hint, token=token)


def failure(exc: UndefinedError) -> Invalid:
    """Return the domain error for a missing value that a content shows."""
    path = str(exc.args[0])[:200]
    reason = (
        f"The content shows `{path}`, which has no value for this recipient; give it one, or use the filter `default`."
    )
    return Invalid(reason, code=MISSING_CODE, details={"variable": path})

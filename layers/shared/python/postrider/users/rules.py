"""Define the errors that several parts of users raise."""

from postrider.kit.errors import Conflict, FieldPath, Invalid

LINK_INVALID = "user_link_invalid"
"""Code of the error for a mailed link that does not work."""


def login_taken(field: FieldPath = "email") -> Conflict:
    return Conflict("A user with this email exists.", code="user_exists", field=field)


def link_invalid(field: FieldPath = "confirmation") -> Invalid:
    return Invalid(
        "The confirmation is unknown, used or expired; ask for a new mail.",
        code=LINK_INVALID,
        field=field,
    )

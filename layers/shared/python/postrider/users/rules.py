"""Define common errors of users."""

from postrider.kit.errors import Conflict, FieldPath, Invalid

LINK_INVALID = "user_link_invalid"
"""Code of the error for an invalid mailed link."""


def login_taken(field: FieldPath = "email") -> Conflict:
    return Conflict("A user with this email already exists.", code="user_exists", field=field)


def link_invalid(field: FieldPath = "confirmation") -> Invalid:
    return Invalid(
        "The confirmation is unknown, used or expired; request a new mail.",
        code=LINK_INVALID,
        field=field,
    )

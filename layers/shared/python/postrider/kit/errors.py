"""The few kinds of error the domain raises; they know no HTTP status."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

FieldPath = str | Sequence[str | int]
"""A field of the domain: "email", or a path into a value: ("contacts", 3, "email"). Empty: no field is named."""


class PostriderError(Exception):
    """An outcome the caller can understand and act on.

    `message` is for people, `code` is stable and for programs, `details` is JSON-safe, and `field` names the field of
    the domain that broke the rule: "email", or from the outside in ("content", "subject"). Each dialect maps it to a
    place in its request. `problems` has an error for each of several problems; it is empty when there is only this one.
    """

    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: dict[str, Any] | None = None,
        field: FieldPath = (),
        problems: Sequence["PostriderError"] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = details or {}
        self.field: tuple[str | int, ...] = (field,) if isinstance(field, str) else tuple(field)
        self.problems = tuple(problems)


class Invalid(PostriderError):
    """The request breaks a rule of the domain."""

    default_code = "invalid"


class InvalidRows(Invalid):
    """Some rows of a call are invalid, so that none is taken; `problems` names each of them."""

    default_code = "rows_invalid"


class Unauthenticated(PostriderError):
    """The caller is not identified."""

    default_code = "unauthorized"


class Forbidden(PostriderError):
    """The caller is known and lacks the right."""

    default_code = "forbidden"


class OutOfReach(Forbidden):
    """The account asked for is not the caller's own nor below it."""

    default_code = "account_out_of_reach"


class NotFound(PostriderError):
    """No such thing inside the caller's account."""

    default_code = "not_found"


@contextmanager
def named_at(field: FieldPath, as_: type[PostriderError] = NotFound) -> Iterator[None]:
    """Raise a NotFound of this block again as an error of the class `as_` that names `field`."""
    try:
        yield
    except NotFound as exc:
        raise as_(exc.message, code=exc.code, field=field) from exc


class Conflict(PostriderError):
    """The thing is in a state, or has a name, that excludes this."""

    default_code = "conflict"


class TooLarge(PostriderError):
    """A body, file or expression is over its limit."""

    default_code = "too_large"


class RateLimited(PostriderError):
    """Too many calls; `details["retry_after_s"]` says when to come back."""

    default_code = "rate_limited"

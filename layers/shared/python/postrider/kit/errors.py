"""Define the kinds of domain errors, which are independent of HTTP."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

FieldPath = str | Sequence[str | int]
"""A field of the domain: "email", or a path into a value: ("contacts", 3, "email"). Empty: the error has no field."""


class PostriderError(Exception):
    """An error that the caller can understand and correct.

    `message` is for people, `code` is stable and for programs, `details` is JSON-safe, and `field` names the field of
    the domain with the invalid value: "email", or outermost first ("content", "subject"). Each dialect maps it to a place
    in its request. If there are several problems, `problems` has an error for each of them; otherwise it is empty.
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
    """Some rows of a call are invalid, so that all rows are refused; `problems` has an error for each invalid row."""

    default_code = "rows_invalid"


class Unauthenticated(PostriderError):
    """The caller is not identified."""

    default_code = "unauthorized"


class Forbidden(PostriderError):
    """The caller is known and lacks the right."""

    default_code = "forbidden"


class OutOfReach(Forbidden):
    """The requested account is neither the caller's own nor below it."""

    default_code = "account_out_of_reach"


class NotFound(PostriderError):
    """An object does not exist in the caller's account."""

    default_code = "not_found"


@contextmanager
def named_at(field: FieldPath, as_: type[PostriderError] = NotFound) -> Iterator[None]:
    """Convert a NotFound in this block to an error of the class `as_` with `field`."""
    try:
        yield
    except NotFound as exc:
        raise as_(exc.message, code=exc.code, field=field) from exc


class Conflict(PostriderError):
    """The current state of an object, or a taken name, forbids the request."""

    default_code = "conflict"


class TooLarge(PostriderError):
    """A body, file or expression exceeds its maximum size."""

    default_code = "too_large"


class RateLimited(PostriderError):
    """Too many calls; `details["retry_after_s"]` has the seconds until a retry."""

    default_code = "rate_limited"

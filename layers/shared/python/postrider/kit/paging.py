"""Define pages of a listing. A cursor is an opaque, signed position that is bound to account and query."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from postrider.kit.errors import Invalid
from postrider.kit.signing import Secret, SignedSerializer

MAX_PER_PAGE = 1000
MAX_PAGE = 10**9
"""The largest number of a page: beyond the size of any account, and below 64 bits, the limit of JSON."""

T = TypeVar("T")
Position = tuple[int, int | str]
"""Run and key of a place in a listing, JSON-safe."""


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A page of a listing. `count` is the total number, if it was requested; cursors are None at the ends."""

    items: Sequence[T]
    count: int | None = None
    next_cursor: str | None = None
    previous_cursor: str | None = None


class Cursors:
    """A converter of positions in a listing to cursors, which are signed for one account and one query."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    @cached_property
    def _serializer(self) -> SignedSerializer:
        return SignedSerializer(self._secret(), "cursor")

    def write(self, account_id: str, query: str, position: Any) -> str:
        """Return the cursor of a position, which is JSON-safe. `query` is a text that is equal for equal queries."""
        return self._serializer.seal(position, context=(account_id, query))

    def read(self, account_id: str, query: str, cursor: str) -> Any:
        """Return the position of a cursor. Raises Invalid for a cursor that is malformed, altered, or of another query."""
        try:
            return self._serializer.unseal(cursor, context=(account_id, query))
        except Invalid as exc:
            raise Invalid("The cursor does not belong to this listing.", code="bad_cursor", field="cursor") from exc

"""Pages of a listing; a cursor is an opaque, sealed position bound to account and query."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from postrider.kit.errors import Invalid
from postrider.kit.signing import Secret, SignedSerializer

MAX_PER_PAGE = 1000
MAX_PAGE = 10**9
"""No account has as much; numbers beyond 64 bits have no JSON."""

T = TypeVar("T")
Position = tuple[int, int | str]
"""Run and key of a place in a listing, JSON-safe."""


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One window of a listing. `count` is the total, when it was asked for; cursors are None at the ends."""

    items: Sequence[T]
    count: int | None = None
    next_cursor: str | None = None
    previous_cursor: str | None = None


class Cursors:
    """Positions in a listing, sealed for one account and one query (filter, sort, selection)."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    @cached_property
    def _serializer(self) -> SignedSerializer:
        return SignedSerializer(self._secret(), "cursor")

    def write(self, account_id: str, query: str, position: Any) -> str:
        """Return the cursor of a position, which is JSON-safe. `query` is a text that is equal for equal queries."""
        return self._serializer.seal(position, context=(account_id, query))

    def read(self, account_id: str, query: str, cursor: str) -> Any:
        """Return the position of a cursor. Raises Invalid when it is malformed, altered, or of another query."""
        try:
            return self._serializer.unseal(cursor, context=(account_id, query))
        except Invalid as exc:
            raise Invalid("The cursor does not belong to this listing.", code="bad_cursor", field="cursor") from exc

"""Getting a file from an address that somebody else chose."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class Fetcher(Protocol):
    def fetch(self, url: str, *, max_bytes: int) -> AbstractContextManager[Iterator[bytes]]:
        """The body, piece by piece, over http or https from a public host only.

        Raises Invalid: `url_refused` for an address that leads, or is redirected, anywhere else; `fetch_failed` when the
        host does not answer well, is too slow, or sends more than `max_bytes`.
        """
        ...

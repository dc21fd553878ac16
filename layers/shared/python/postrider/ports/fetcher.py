"""Define the port that fetches files from URLs of customers."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class Fetcher(Protocol):
    def fetch(self, url: str, *, max_bytes: int) -> AbstractContextManager[Iterator[bytes]]:
        """Yield the body in pieces, over http or https from a public host only.

        Raises Invalid: `url_refused` for a URL with, or a redirect to, another host; `fetch_failed` if the host answers with
        an error, is too slow, or sends more than `max_bytes`.
        """
        ...

    def status(self, url: str, *, timeout_s: float) -> int:
        """Return the status of a public host for a GET of the URL, after redirects; the body is not read.

        Raises Invalid as `fetch` does, also if the answer takes longer than `timeout_s`.
        """
        ...

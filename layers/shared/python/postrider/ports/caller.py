"""Define the port that calls URLs of customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class CallResult:
    """The result of a call: the status of the answer, or the error. `retry_after_s` is the header Retry-After."""

    status: int | None = None
    error: str | None = None
    retry_after_s: int | None = None
    took_ms: int = 0

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class WebCaller(Protocol):
    def check(self, url: str) -> None:
        """Raise Invalid (`url_refused`) for a URL that is refused before its name is resolved, such as a private address."""
        ...

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float | None = None) -> CallResult:
        """Send a POST over http or https to a public host; redirects are not followed, and the answer's body is not read.

        `timeout_s` shortens the usual timeout.
        """
        ...

"""Call URLs of customers without access to the platform's own network; see `postrider.adapters.web`.

A call ends with the head of the answer: its body is not read, and redirects are not followed.
"""

import ssl
import time
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

import httpx

from postrider.adapters.web import (
    ALL_PORTS,
    CheckedNetwork,
    IsAllowed,
    client_on,
    is_public,
    is_public_or_loopback,
    refused,
)
from postrider.kit.errors import Invalid
from postrider.ports.caller import CallResult

PORTS = frozenset({80, 443, 8080, 8443})
"""Ports of web servers; a local deployment allows all."""
CONNECT_TIMEOUT_S, TOTAL_TIMEOUT_S = 3.0, 10.0
"""Timeout of a call. Standard Webhooks recommends 15 to 30 s; with 10 s, a worker wastes less time."""
_LOCAL_NAMES = ("localhost", "localhost.localdomain")


class HttpWebCaller:
    def __init__(self, *, is_loopback_allowed: bool = False, timeout_s: float = TOTAL_TIMEOUT_S) -> None:
        self._is_allowed: IsAllowed = is_public_or_loopback if is_loopback_allowed else is_public
        self._ports = ALL_PORTS if is_loopback_allowed else PORTS
        self._is_loopback_allowed, self._timeout_s = is_loopback_allowed, timeout_s

    def check(self, url: str) -> None:
        """See `postrider.ports.caller`. Names are resolved only when the URL is called."""
        parts = _parts(url)
        if parts.scheme not in ("http", "https"):
            raise refused("the scheme is not http or https")
        host = (parts.hostname or "").rstrip(".").lower()
        if (parts.port or (443 if parts.scheme == "https" else 80)) not in self._ports:
            raise refused(f"port {parts.port} is not a web port")
        try:
            is_refused = not self._is_allowed(host)
        except ValueError:  # a name
            is_refused = host in _LOCAL_NAMES and not self._is_loopback_allowed
        if not host or is_refused:
            raise refused("the host is not public")

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float | None = None) -> CallResult:
        """See `postrider.ports.caller`."""
        began = time.monotonic()
        total_s = self._timeout_s if timeout_s is None else min(timeout_s, self._timeout_s)
        network = CheckedNetwork(self._is_allowed, self._ports, began + total_s)
        timeout = httpx.Timeout(total_s, connect=CONNECT_TIMEOUT_S)
        status, wished, error = None, None, None
        try:
            with client_on(network, self._tls, timeout) as client:
                request = client.build_request("POST", url, headers=dict(headers), content=body)
                answer = client.send(request, stream=True, follow_redirects=False)
                status, wished = answer.status_code, answer.headers.get("retry-after", "")
                answer.close()
        except Invalid as exc:
            error = exc.details["reason"]
        except httpx.TimeoutException:
            error = "the host does not answer in time"
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as exc:
            error = f"the call failed: {type(exc).__name__}"
        if status is not None and 300 <= status < 400:
            error = "redirects are not followed"
        return CallResult(
            status=status,
            error=error,
            retry_after_s=int(wished) if wished and wished.isascii() and wished.isdecimal() else None,
            took_ms=round((time.monotonic() - began) * 1000),
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


def _parts(url: str) -> SplitResult:
    """Return the parts of a URL. Raises Invalid."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises for a port that is no number
    except ValueError as exc:
        raise refused("it is not a valid URL") from exc
    return parts

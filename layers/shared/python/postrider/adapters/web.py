"""Fetcher over httpx that cannot be turned against the platform's own network (SSRF).

The name is resolved here, once, every address it has must be public, and the connection goes to the address that was
checked: a second answer of a name server, or a redirect, cannot lead elsewhere.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from postrider.kit.errors import Invalid

PORTS = frozenset({80, 443})
MAX_REDIRECTS = 3
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0
TOTAL_TIMEOUT_S = 240.0
"""A file that drips slower than this is given up."""
CHUNK_BYTES = 1024 * 1024

IsAllowed = Callable[[str], bool]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet; an IPv4 address in IPv6 clothes is looked at as IPv4."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


def refused(why: str) -> Invalid:
    return Invalid(f"The address cannot be used: {why}.", code="url_refused", loc=("body", "url"))


def failed(why: str) -> Invalid:
    return Invalid(f"The file could not be fetched: {why}.", code="fetch_failed", loc=("body", "url"))


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to the address it has checked, never to a name."""

    def __init__(self, is_allowed: IsAllowed, ports: frozenset[int]) -> None:
        self._is_allowed, self._ports = is_allowed, ports
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if port not in self._ports:
            raise refused(f"port {port} is not one of the web")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as exc:
            raise failed("its host is not known") from exc
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses or not all(self._is_allowed(address.partition("%")[0]) for address in addresses):
            raise refused("its host is not a public one")
        return self._real.connect_tcp(addresses[0], port, timeout=timeout, socket_options=socket_options)


class WebFetcher:
    def __init__(self, *, is_allowed: IsAllowed = is_public, ports: frozenset[int] = PORTS) -> None:
        transport = httpx.HTTPTransport(trust_env=False, retries=0)
        transport._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=_CheckedNetwork(is_allowed, ports)
        )
        timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        self._client = httpx.Client(
            transport=transport,
            timeout=timeout,
            trust_env=False,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            headers={"User-Agent": "Postrider", "Accept-Encoding": "identity"},
        )

    @contextmanager
    def fetch(self, url: str, *, max_bytes: int) -> Iterator[Iterator[bytes]]:
        """See `postrider.ports.fetcher`."""
        try:
            with self._client.stream("GET", url) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise failed(f"it answers {answer.status_code}")
                yield _bounded(answer, max_bytes)
        except httpx.UnsupportedProtocol as exc:
            raise refused("it is not http or https") from exc
        except httpx.InvalidURL as exc:
            raise refused("it is not a URL") from exc
        except httpx.TooManyRedirects as exc:
            raise failed(f"it redirects more than {MAX_REDIRECTS} times") from exc
        except httpx.HTTPError as exc:
            raise failed("its host does not answer as it should") from exc


def _bounded(answer: httpx.Response, max_bytes: int) -> Iterator[bytes]:
    """Raw bytes: nothing is unpacked here, so nothing small becomes large."""
    began, taken = time.monotonic(), 0
    for chunk in answer.iter_raw(CHUNK_BYTES):
        taken += len(chunk)
        if taken > max_bytes:
            raise failed(f"it has more than {max_bytes} bytes")
        if time.monotonic() - began > TOTAL_TIMEOUT_S:
            raise failed("it comes too slowly")
        yield chunk

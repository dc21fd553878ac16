"""Fetcher over httpx that cannot be turned against the platform's own network (SSRF).

The name is resolved here, once, every address it has must be public, and the connection goes to the address that was
checked: a second answer of a name server, or a redirect, cannot lead elsewhere.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpcore
import httpx

from postrider.kit.errors import Invalid

PORTS = frozenset({80, 443})
MAX_REDIRECTS = 3
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0
TOTAL_TIMEOUT_S = 240.0
"""From the first connection on: headers, redirects or a file that drip slower than this are given up."""
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
    return Invalid(f"The address cannot be used: {why}.", code="url_refused", field="url")


def failed(why: str) -> Invalid:
    return Invalid(f"The file could not be fetched: {why}.", code="fetch_failed", field="url")


class _HurriedStream(httpcore.NetworkStream):
    """Waits for no byte past the deadline: single reads that are each in time could go on for days."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline - time.monotonic()
        if left > 0:
            try:
                return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))
            except httpcore.ReadTimeout:
                if time.monotonic() < self._deadline:
                    raise
        raise failed("it comes too slowly")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _HurriedStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to the address it has checked, never to a name."""

    def __init__(self, is_allowed: IsAllowed, ports: frozenset[int], deadline: float) -> None:
        self._is_allowed, self._ports, self._deadline = is_allowed, ports, deadline
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
        stream = self._real.connect_tcp(addresses[0], port, timeout=timeout, socket_options=socket_options)
        return _HurriedStream(stream, self._deadline)


class WebFetcher:
    def __init__(self, *, is_allowed: IsAllowed = is_public, ports: frozenset[int] = PORTS) -> None:
        self._is_allowed, self._ports = is_allowed, ports

    @contextmanager
    def fetch(self, url: str, *, max_bytes: int) -> Iterator[Iterator[bytes]]:
        """See `postrider.ports.fetcher`."""
        try:
            with self._client(time.monotonic() + TOTAL_TIMEOUT_S) as client, _answer(client, url) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise failed(f"it answers {answer.status_code}")
                yield _bounded(answer, max_bytes)
        except httpx.UnsupportedProtocol as exc:
            raise refused("it is not http or https") from exc
        except httpx.InvalidURL as exc:
            raise refused("it is not a URL") from exc
        except httpx.HTTPError as exc:
            raise failed("its host does not answer as it should") from exc

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()

    def _client(self, deadline: float) -> httpx.Client:
        transport = httpx.HTTPTransport(verify=self._tls, trust_env=False, retries=0)
        network = _CheckedNetwork(self._is_allowed, self._ports, deadline)
        transport._pool = httpcore.ConnectionPool(ssl_context=self._tls, network_backend=network)
        return httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            trust_env=False,
            headers={"User-Agent": "Postrider", "Accept-Encoding": "identity"},
        )


@contextmanager
def _answer(client: httpx.Client, url: str) -> Iterator[httpx.Response]:
    """The answer behind the redirects. Their bodies are not read: httpx would take them whole, and unpack them."""
    request = client.build_request("GET", url)
    for _ in range(MAX_REDIRECTS + 1):
        answer = client.send(request, stream=True)
        try:
            if answer.next_request is None:
                yield answer
                return
            request = answer.next_request
        finally:
            answer.close()
    raise failed(f"it redirects more than {MAX_REDIRECTS} times")


def _bounded(answer: httpx.Response, max_bytes: int) -> Iterator[bytes]:
    """Raw bytes: nothing is unpacked here, so nothing small becomes large."""
    taken = 0
    for chunk in answer.iter_raw(CHUNK_BYTES):
        taken += len(chunk)
        if taken > max_bytes:
            raise failed(f"it has more than {max_bytes} bytes")
        yield chunk

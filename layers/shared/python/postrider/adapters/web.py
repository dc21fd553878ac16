"""Fetch files from the web without access to the platform's own network (SSRF).

A host name is resolved once, all its addresses must be public, and the connection goes to the checked address, so that
neither a second DNS answer nor a redirect can change the destination.
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
ALL_PORTS = frozenset(range(1, 65536))
"""The ports for loopback addresses, which only a local deployment allows."""
MAX_REDIRECTS = 3
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0
TOTAL_TIMEOUT_S = 240.0
"""Total time for connections, redirects, headers and the file together."""
CHUNK_BYTES = 1024 * 1024

IsAllowed = Callable[[str], bool]


def is_public(address: str) -> bool:
    """Return whether an IP address is public. An IPv4 address inside an IPv6 address is checked as IPv4."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_public_or_loopback(address: str) -> bool:
    return is_public(address) or ipaddress.ip_address(address).is_loopback


def refused(reason: str) -> Invalid:
    return Invalid(f"The URL is not allowed: {reason}.", code="url_refused", field="url", details={"reason": reason})


def failed(reason: str) -> Invalid:
    message = f"The URL could not be fetched: {reason}."
    return Invalid(message, code="fetch_failed", field="url", details={"reason": reason})


class _HurriedStream(httpcore.NetworkStream):
    """A stream with one deadline for all reads, since a timeout per read does not limit the total time."""

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
        raise failed("the host is too slow")

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


class CheckedNetwork(httpcore.NetworkBackend):
    """A network that connects to checked addresses, never to names."""

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
            raise refused(f"port {port} is not a web port")
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as exc:
            raise failed("the host name is unknown") from exc
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        if not addresses or not all(self._is_allowed(address.partition("%")[0]) for address in addresses):
            raise refused("the host is not public")
        stream = self._real.connect_tcp(addresses[0], port, timeout=timeout, socket_options=socket_options)
        return _HurriedStream(stream, self._deadline)


class WebFetcher:
    def __init__(
        self,
        *,
        is_allowed: IsAllowed = is_public,
        ports: frozenset[int] = PORTS,
        total_timeout_s: float | None = None,
    ) -> None:
        self._is_allowed, self._ports, self._total_timeout_s = is_allowed, ports, total_timeout_s

    @contextmanager
    def fetch(self, url: str, *, max_bytes: int) -> Iterator[Iterator[bytes]]:
        """See `postrider.ports.fetcher`."""
        total_timeout_s = TOTAL_TIMEOUT_S if self._total_timeout_s is None else self._total_timeout_s
        with (
            _failures_named(),
            self._client(time.monotonic() + total_timeout_s) as client,
            _answer(client, url) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise failed(f"the host answers {answer.status_code}")
            yield _bounded(answer, max_bytes)

    def status(self, url: str, *, timeout_s: float) -> int:
        """See `postrider.ports.fetcher`."""
        deadline = time.monotonic() + timeout_s
        with _failures_named(), self._client(deadline, timeout_s) as client, _answer(client, url) as answer:
            return answer.status_code
        raise AssertionError  # the failures are raised

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()

    def _client(self, deadline: float, read_timeout_s: float = READ_TIMEOUT_S) -> httpx.Client:
        network = CheckedNetwork(self._is_allowed, self._ports, deadline)
        timeout = httpx.Timeout(read_timeout_s, connect=min(CONNECT_TIMEOUT_S, read_timeout_s))
        return client_on(network, self._tls, timeout)


def client_on(network: CheckedNetwork, tls: ssl.SSLContext, timeout: httpx.Timeout) -> httpx.Client:
    """Return a client that connects through a checked network and ignores settings of the environment."""
    transport = httpx.HTTPTransport(verify=tls, trust_env=False, retries=0)
    transport._pool = httpcore.ConnectionPool(ssl_context=tls, network_backend=network)
    headers = {"User-Agent": "Postrider", "Accept-Encoding": "identity"}
    return httpx.Client(transport=transport, timeout=timeout, trust_env=False, headers=headers)


@contextmanager
def _failures_named() -> Iterator[None]:
    """Convert failures of the client to Invalid."""
    try:
        yield
    except httpx.UnsupportedProtocol as exc:
        raise refused("the scheme is not http or https") from exc
    except httpx.InvalidURL as exc:
        raise refused("it is not a valid URL") from exc
    except httpx.HTTPError as exc:
        raise failed("the host does not answer correctly") from exc


@contextmanager
def _answer(client: httpx.Client, url: str) -> Iterator[httpx.Response]:
    """Follow redirects and return the last answer. Bodies of redirects are not read, since httpx would decompress them."""
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
    raise failed(f"there are more than {MAX_REDIRECTS} redirects")


def _bounded(answer: httpx.Response, max_bytes: int) -> Iterator[bytes]:
    """Yield the raw bytes without decompressing them. Raises Invalid above `max_bytes`."""
    total = 0
    for chunk in answer.iter_raw(CHUNK_BYTES):
        total += len(chunk)
        if total > max_bytes:
            raise failed(f"it has more than {max_bytes} bytes")
        yield chunk

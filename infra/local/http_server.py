"""The base of the two local HTTP listeners: threads, kept connections, no Nagle delay, one method for all verbs."""

import http.client
import re
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.local.gateway_errors import gateway_error

# Belong to one connection, not to the message (RFC 9110, section 7.6.1).
HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
PROXY_TIMEOUT_S = 120
MAX_LINE_BYTES = 65_536
MAX_DIGITS = 18


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def serve_forever(self, poll_interval: float = 0.05) -> None:
        """Serve with a shorter poll than the default, so that `shutdown` is quick."""
        super().serve_forever(poll_interval)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print no traceback when a caller closes the connection."""


class BodyTooLarge(Exception):
    pass


class BadRequest(ValueError):
    """The head or the framing of the body is broken (RFC 9112, section 6); the connection is closed after the answer."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    timeout = 120
    max_body_bytes = 64 * 1024 * 1024

    def answer_request(self) -> None:
        raise NotImplementedError

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = lambda self: self.answer_request()  # noqa: N815
    do_OPTIONS = do_TRACE = do_GET  # noqa: N815

    def read_body(self) -> bytes:
        """Return the body. Raises BodyTooLarge or BadRequest; the connection is then closed after the answer."""
        try:
            codings, lengths = self.headers.get_all("Transfer-Encoding", []), self.headers.get_all("Content-Length", [])
            if codings:
                if lengths or [coding.strip().lower() for coding in codings] != ["chunked"]:
                    raise BadRequest
                return self._read_chunks()
            if len(set(lengths)) > 1:
                raise BadRequest
            return self._read_exactly(_size(lengths[0].strip(), 10) if lengths else 0)
        except (BodyTooLarge, BadRequest):
            self.close_connection = True
            raise

    def answer(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        bodiless = status in (204, 304) or status < 200
        if not bodiless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request whose first line or head cannot be read; other errors have this form, too."""
        self.close_connection = True
        self.request_version = self.protocol_version  # without one, as a broken line, the answer would have no head
        self.answer(*gateway_error(code))

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the functions have logs of their own."""

    def _read_exactly(self, size: int) -> bytes:
        if size > self.max_body_bytes:
            raise BodyTooLarge
        body = self.rfile.read(size)
        if len(body) < size:
            raise BadRequest
        return body

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while size := _size(self.rfile.readline(MAX_LINE_BYTES).split(b";")[0].strip().decode("latin-1"), 16):
            body += self._read_exactly(size)
            if self.rfile.readline(MAX_LINE_BYTES).strip():
                raise BadRequest
            if len(body) > self.max_body_bytes:
                raise BodyTooLarge
        while self.rfile.readline(MAX_LINE_BYTES).strip():  # trailers
            pass
        return bytes(body)


def _size(text: str, base: int) -> int:
    """Return the number that digits stand for; `int` alone would take signs, spaces and underscores."""
    if not re.fullmatch(r"[0-9]+" if base == 10 else r"[0-9A-Fa-f]+", text) or len(text) > MAX_DIGITS:
        raise BadRequest
    return int(text, base)


def forward(
    port: int, method: str, target: str, headers: list[tuple[str, str]], body: bytes
) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Forward a request to a local port unchanged, without redirects. Raises OSError or HTTPException."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROXY_TIMEOUT_S)
    try:
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                connection.putheader(name, value)
        if body or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        kept = [
            (n, v) for n, v in response.getheaders() if n.lower() not in HOP_BY_HOP and n.lower() != "content-length"
        ]
        return response.status, response.read(), kept
    finally:
        connection.close()

"""Receivers of webhooks on loopback, with the answers that a test sets."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """A receiver that stores its calls. `script` has its behaviour for the next calls; afterwards it accepts all calls."""

    url: str
    calls: list[Call] = field(default_factory=list)
    script: list[Behaviour] = field(default_factory=list)


def answering(status: int, **headers: str) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", "0")
        handler.end_headers()

    return behave


def stalling(seconds: float) -> Behaviour:
    """Return a behaviour that does not answer for some time."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return behave


def dripping(pause_s: float, count: int) -> Behaviour:
    """Send the head of an answer byte by byte, each within the time of a read."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        try:
            for _ in range(count):
                handler.wfile.write(b"H")
                time.sleep(pause_s)
        except OSError:
            return

    return behave


@contextmanager
def receiver() -> Iterator[Receiver]:
    kept = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name of the library
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.calls.append(Call(self.path, headers, body))
            behave = kept.script.pop(0) if kept.script else answering(204)
            behave(self)

        def log_message(self, format: str, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

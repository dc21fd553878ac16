"""Serve the real handlers of this process to a browser, and pages of somebody else's site beside them."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.testing.harness import Answer, handler_for, http_event

_ONE_AT_A_TIME = threading.Lock()
"""A function serves one request at a time; its app keeps the present one."""


@contextmanager
def serving(pages: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the URL of a server of these pages by path, or of the platform; it does not end with a slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(pages))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(pages: Mapping[str, str] | None) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:
            return None

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/favicon.ico":  # browsers ask for it by themselves, perhaps in the middle of another call
                answer = Answer(404, {}, "", [])
            elif pages is None:
                answer = self._ask_platform(body)
            else:
                html = pages.get(urlsplit(self.path).path)
                headers = {"content-type": "text/html; charset=utf-8"}
                answer = Answer(404 if html is None else 200, headers, html or "", [])
            payload = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            for cookie in answer.cookies:
                self.send_header("Set-Cookie", cookie)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def _ask_platform(self, body: bytes) -> Answer:
            parts = urlsplit(self.path)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            event = http_event(self.command, parts.path, query=parts.query, headers=headers, body=body or None)
            with _ONE_AT_A_TIME:
                return handler_for(self.command, parts.path).answer(event)

    return Handler

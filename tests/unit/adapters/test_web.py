"""Fetching from an address that a stranger chose: only the open web, only so much, only so long."""

import contextlib
import gzip
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from postrider import bootstrap
from postrider.adapters import web
from postrider.adapters.web import WebFetcher, is_public
from postrider.kit.errors import Invalid
from tests.testing.overrides import overridden

LEADS_TO = {"/to-inside": "http://169.254.169.254/latest/meta-data/", "/to-file": "file:///etc/passwd"}
BOMB_PIECES = 20_000
sent = []


def anywhere(address):
    return True


@pytest.fixture(scope="module")
def server():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            port = self.server.server_address[1]
            if self.path.startswith("/redirect/"):
                left = int(self.path.rsplit("/", 1)[1])
                self.send_response(302)
                target = f"http://127.0.0.1:{port}/redirect/{left - 1}" if left else f"http://127.0.0.1:{port}/file"
                self.send_header("Location", target)
                self.end_headers()
                return
            if self.path in LEADS_TO:
                self.send_response(302)
                self.send_header("Location", LEADS_TO[self.path])
                self.end_headers()
                return
            if self.path in ("/bomb", "/drip"):
                self._bomb() if self.path == "/bomb" else self._drip()
                return
            self.send_response(200 if self.path == "/file" else 404)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"x" * 100_000)

        def _bomb(self):
            """An endless redirect whose unpacked body is a hundred times larger than the sent one."""
            piece = gzip.compress(bytes(10**6))
            self.send_response(302)
            self.send_header("Location", "/file")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(BOMB_PIECES):
                    self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                    sent.append(piece)

        def _drip(self):
            """Headers, a little at a time."""
            self.send_response(200)
            with contextlib.suppress(OSError):
                for _ in range(1200):
                    self.wfile.write(b"X-More: 1\r\n")
                    self.wfile.flush()
                    time.sleep(0.05)

        def log_message(self, *args):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # callers hang up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


def fetched(fetcher, url, max_bytes=10**6):
    with fetcher.fetch(url, max_bytes=max_bytes) as chunks:
        return b"".join(chunks)


def fetcher_for(port):
    return WebFetcher(is_allowed=anywhere, ports=frozenset({80, 443, port}))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "::1",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "2002:a9fe:a9fe::1",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_addresses_of_the_inside_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
def test_addresses_of_the_open_internet_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://localhost./",
        "http://127.1/",
        "http://127.0.0.1:22/",
        "http://8.8.8.8:22/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://example.com/x.csv",
        "//example.com/x.csv",
        "http:///x",
    ],
)
def test_an_address_of_the_inside_or_of_another_kind_is_refused(url):
    with pytest.raises(Invalid) as caught:
        fetched(WebFetcher(), url)
    assert caught.value.code in ("url_refused", "fetch_failed")


def test_a_file_of_the_web_comes_whole(server):
    assert len(fetched(fetcher_for(server), f"http://127.0.0.1:{server}/file")) == 100_000


def test_only_a_local_deployment_fetches_from_its_own_machine(server, monkeypatch):
    for value, is_allowed in (("true", True), ("false", False)):
        monkeypatch.setenv("CALLS_TO_LOOPBACK", value)
        with overridden():
            fetcher = bootstrap.fetcher()
        if is_allowed:
            assert fetched(fetcher, f"http://localhost:{server}/file")
        for path in ("/to-inside", "/to-file", *(() if is_allowed else ("/file",))):
            with pytest.raises(Invalid) as caught:
                fetched(fetcher, f"http://127.0.0.1:{server}{path}")
            assert caught.value.code == "url_refused"


def test_the_checked_address_is_the_address_of_the_connection(server, monkeypatch):
    """A name server that answers a public address first and a private one next is only asked once."""
    asked, real = [], web.socket.getaddrinfo

    def resolve(host, port, *args, **options):
        if host != "rebinding.example":
            return real(host, port, *args, **options)
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port))]

    monkeypatch.setattr(web.socket, "getaddrinfo", resolve)
    assert fetched(fetcher_for(server), f"http://rebinding.example:{server}/file")
    assert len(asked) == 1


@pytest.mark.parametrize("path", ["/to-inside", "/to-file"])
def test_a_redirect_is_checked_like_the_first_address(server, path):
    fetcher = WebFetcher(is_allowed=lambda address: address == "127.0.0.1", ports=frozenset({80, 443, server}))
    with pytest.raises(Invalid) as caught:
        fetched(fetcher, f"http://127.0.0.1:{server}{path}")
    assert caught.value.code == "url_refused"


def test_three_redirects_are_followed_and_no_more(server):
    assert fetched(fetcher_for(server), f"http://127.0.0.1:{server}/redirect/2")
    with pytest.raises(Invalid, match="redirects"):
        fetched(fetcher_for(server), f"http://127.0.0.1:{server}/redirect/3")


def test_more_than_allowed_is_given_up(server):
    with pytest.raises(Invalid, match="more than 5000 bytes"):
        fetched(fetcher_for(server), f"http://127.0.0.1:{server}/file", max_bytes=5_000)


def test_the_body_of_a_redirect_is_neither_read_nor_unpacked(server):
    assert fetched(fetcher_for(server), f"http://127.0.0.1:{server}/bomb")
    assert len(sent) < BOMB_PIECES


@pytest.mark.parametrize("path", ["/file", "/drip"])
def test_a_drip_is_given_up(server, monkeypatch, path):
    """Each byte comes in time, and they end after a minute; headers as well as the file."""
    monkeypatch.setattr(web, "TOTAL_TIMEOUT_S", 0.2 if path == "/drip" else 0.0)
    began = time.monotonic()
    with pytest.raises(Invalid, match="too slow"):
        fetched(fetcher_for(server), f"http://127.0.0.1:{server}{path}")
    assert time.monotonic() - began < 30


def test_an_answer_that_is_no_file_is_said(server):
    with pytest.raises(Invalid, match="answers 404"):
        fetched(fetcher_for(server), f"http://127.0.0.1:{server}/nothing")


def test_the_status_of_a_link_is_that_after_its_redirects(server):
    fetcher = WebFetcher(is_allowed=lambda address: address == "127.0.0.1", ports=frozenset({80, server}))
    assert fetcher.status(f"http://127.0.0.1:{server}/redirect/2", timeout_s=5) == 200
    assert fetcher.status(f"http://127.0.0.1:{server}/nothing", timeout_s=5) == 404
    for path, code in (("/to-inside", "url_refused"), ("/to-file", "url_refused"), ("/drip", "fetch_failed")):
        with pytest.raises(Invalid) as caught:
            fetcher.status(f"http://127.0.0.1:{server}{path}", timeout_s=0.5)
        assert caught.value.code == code
    with pytest.raises(Invalid):
        WebFetcher().status(f"http://127.0.0.1:{server}/file", timeout_s=5)

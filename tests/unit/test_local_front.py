"""The local front: broken heads, calls in turn, and errors of the gateway in the form of the API."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from infra.local import front as module
from infra.local.dns_server import LocalDns
from infra.local.front import Front
from infra.local.http_server import Handler, Server

CALLERS = 4
"""The number of callers of each turn."""


class Gateway:
    """A gateway of a stand-in that counts concurrent calls and has a set answer, for which it may wait for more calls."""

    def __init__(self):
        self.answer = (200, {"ok": True})
        self.in_flight = self.most = self.calls = 0
        self.together = threading.Barrier(1)
        self._lock = threading.Lock()
        gateway = self

        class GatewayHandler(Handler):
            def answer_request(self):
                self.read_body()
                gateway.count(1)
                gateway.together.wait(60)
                gateway.count(-1)
                status, body = gateway.answer
                self.answer(status, json.dumps(body).encode(), [("Content-Type", "application/json")])

        self.server = Server(("127.0.0.1", 0), GatewayHandler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def count(self, by):
        with self._lock:
            self.calls += by > 0
            self.in_flight += by
            self.most = max(self.most, self.in_flight)


@pytest.fixture
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.server.shutdown()
    gateway.server.server_close()


@pytest.fixture
def front(gateway):
    front = Front(0)
    front.ses, front.target = object(), (gateway.server.server_address[1], "api")
    yield front
    front.close()


def raw(front, head, body=b""):
    """Return the status of the answer, and the members of its body."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=5) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return int(answer.split(b" ")[1]), list(json.loads(answer.partition(b"\r\n\r\n")[2]))


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Length: -1", b"x"),
        ("Content-Length: 1_0", b"0123456789"),
        ("Content-Length: +1", b"x"),
        ("Content-Length: one", b"x"),
        ("Content-Length: ", b""),
        ("Content-Length: 1\nContent-Length: 2", b"xx"),
        ("Content-Length: 5", b"x"),
        (f"Content-Length: {'9' * 5000}", b"x"),
        ("Transfer-Encoding: chunked\nContent-Length: 3", b"0\r\n\r\n"),
        ("Transfer-Encoding: gzip, chunked", b"0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"-1\r\nx\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"0x1\r\nx\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"5\r\nx"),
        ("Transfer-Encoding: chunked", b"1\r\nxy\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b""),
    ],
)
def test_a_broken_head_or_body_is_refused_at_once(front, gateway, head, body):
    assert raw(front, f"POST /lists HTTP/1.1\nHost: localhost\n{head}", body) == (400, ["detail"])
    assert gateway.calls == 0


def test_a_first_line_or_head_that_cannot_be_read_is_refused_in_the_form_of_the_api(front, gateway):
    for head, status in (("GARBAGE", 400), ("GET / HTTP/9.9", 505), (f"GET / HTTP/1.1\nX: {'x' * 70_000}", 431)):
        assert raw(front, head) == (status, ["detail"])
    assert gateway.calls == 0


def test_whole_bodies_pass(front):
    assert raw(front, "POST /lists HTTP/1.1\nHost: localhost\nContent-Length: 2", b"{}") == (200, ["ok"])
    chunked = "POST /lists HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked"
    assert raw(front, chunked, b"2\r\n{}\r\n0\r\n\r\n") == (200, ["ok"])


def test_calls_wait_for_their_turn_and_all_are_answered(front, gateway):
    """As many are answered together as may be, and no more."""
    gateway.together = threading.Barrier(module.CALLS_AT_ONCE)
    callers = CALLERS * module.CALLS_AT_ONCE
    with ThreadPoolExecutor(callers) as threads:
        answers = list(threads.map(lambda _: httpx.get(f"{front.url}/lists", timeout=60).status_code, range(callers)))
    assert answers == [200] * callers
    assert gateway.most == module.CALLS_AT_ONCE


def test_a_call_that_gets_no_turn_is_told_when_to_come_back(front, gateway, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_WAIT_S", 0.01)
    for _ in range(module.CALLS_AT_ONCE):
        assert front.turns.acquire(timeout=1)
    answer = httpx.get(f"{front.url}/lists")
    assert (answer.status_code, answer.json()) == (503, {"detail": "Service Unavailable"})
    assert (answer.headers["Retry-After"], gateway.calls) == ("1", 0)
    for _ in range(module.CALLS_AT_ONCE):
        front.turns.release()
    assert httpx.get(f"{front.url}/lists").status_code == 200


@pytest.mark.parametrize(
    ("made", "status", "detail"),
    [
        ((429, {"__type": "TooManyRequestsException", "message": "Rate Exceeded"}), 429, "Too Many Requests"),
        ((502, {"errorMessage": "secret: no such key", "errorType": "KeyError"}), 502, "Bad Gateway"),
        ((502, {"errorMessage": "Task timed out after 29.00 seconds"}), 504, "Gateway Timeout"),
    ],
)
def test_errors_of_the_gateway_have_the_form_of_the_api(front, gateway, made, status, detail):
    gateway.answer = made
    answer = httpx.get(f"{front.url}/lists")
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (status, {"detail": detail}, "1")


@pytest.mark.parametrize("made", [(429, {"detail": [{"msg": "slower", "type": "x"}]}), (500, {"detail": "fault"})])
def test_errors_of_functions_are_passed_on_unchanged(front, gateway, made):
    gateway.answer = made
    answer = httpx.get(f"{front.url}/lists")
    assert (answer.status_code, answer.json()) == made
    assert "Retry-After" not in answer.headers


def test_calls_before_the_deployment_is_there_are_told_to_come_back(front):
    front.target = None
    answer = httpx.get(f"{front.url}/lists")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_records_of_the_local_name_server_are_set_over_http():
    dns = LocalDns()
    record = {"name": "shop.example", "type": "TXT", "values": ["hello"]}
    try:
        assert module.answer_dns(dns, "PUT", json.dumps(record).encode())[0] == 200
        assert json.loads(module.answer_dns(dns, "GET", b"")[1]) == [
            {"name": "shop.example", "type": "TXT", "values": ['"hello"']}
        ]
        assert module.answer_dns(dns, "PUT", b'{"name": "a", "type": "MX", "values": ["no number"]}')[0] == 400
        assert module.answer_dns(dns, "PUT", json.dumps(record | {"values": []}).encode())[0] == 200
        assert dns.records() == []
    finally:
        dns.close()

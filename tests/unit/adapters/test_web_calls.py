"""Callbacks never reach the platform's own network, whatever their URL, their name's addresses and the answer."""

import socket
import time

import pytest

from postrider.adapters import web
from postrider.adapters.web_calls import HttpWebCaller
from postrider.kit.errors import Invalid
from tests.testing.receivers import answering, dripping, receiver, stalling

REFUSED = [
    "http://169.254.169.254/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::1]/",
    "http://127.0.0.1/",
    "http://10.1.2.3/",
    "http://localhost./",
    "https://hooks.example.com:22/",
    "gopher://hooks.example.com/",
    "file:///etc/passwd",
    "http:///hook",
    "http://hooks.example.com:x/",
]


def call(caller, url):
    return caller.post(url, headers={"x-test": "1"}, body=b"{}")


@pytest.mark.parametrize("url", REFUSED)
def test_a_refused_url_is_refused_at_its_creation_and_at_each_call(url):
    with pytest.raises(Invalid) as refused:
        HttpWebCaller().check(url)
    assert refused.value.code == "url_refused"
    assert call(HttpWebCaller(), url).status is None


@pytest.mark.parametrize("host", ["0x7f000001", "2130706433", "rebound.example.com"])
def test_a_name_with_a_private_address_is_refused_at_the_call(monkeypatch, host):
    """A name may lead to a public address when the webhook is made, and to a private one later."""
    private = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(web.socket, "getaddrinfo", lambda *_, **__: private)
    answer = call(HttpWebCaller(), f"https://{host}/")
    assert (answer.status, answer.error) == (None, "the host is not public")


def test_the_checked_address_is_called_although_the_name_leads_elsewhere_afterwards(monkeypatch):
    with receiver() as hook:
        port = int(hook.url.split(":")[2].split("/")[0])
        answers, real = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]], socket.getaddrinfo

        def resolve(host, *args, **options):
            return answers.pop() if host == "hooks.example.com" else real(host, *args, **options)

        monkeypatch.setattr(web.socket, "getaddrinfo", resolve)
        answer = call(HttpWebCaller(is_loopback_allowed=True), f"http://hooks.example.com:{port}/hook")
        assert (answer.status, hook.calls[0].headers["host"]) == (204, f"hooks.example.com:{port}")


def test_a_redirect_is_not_followed():
    with receiver() as hook, receiver() as other:
        hook.script = [answering(307, location=other.url)]
        answer = call(HttpWebCaller(is_loopback_allowed=True), hook.url)
        assert (answer.status, answer.is_accepted, other.calls) == (307, False, [])


@pytest.mark.parametrize("behaviour", [stalling(60), dripping(0.05, 1200)], ids=["stall", "drip"])
def test_a_call_ends_long_before_the_answer(behaviour):
    with receiver() as hook:
        hook.script = [behaviour]
        began = time.monotonic()
        answer = call(HttpWebCaller(is_loopback_allowed=True, timeout_s=0.2), hook.url)
        assert (answer.status, answer.error) == (None, "the host is too slow")
        assert time.monotonic() - began < 30


def test_the_header_retry_after_is_returned_if_it_is_a_number():
    with receiver() as hook:
        hook.script = [answering(429, retry_after="30"), answering(503, retry_after="soon")]
        caller = HttpWebCaller(is_loopback_allowed=True)
        assert [call(caller, hook.url).retry_after_s for _ in range(2)] == [30, None]

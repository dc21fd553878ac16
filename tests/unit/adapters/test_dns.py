"""The resolver, against a name server on this machine."""

import time

import pytest

from infra.local.dns_server import LocalDns
from postrider.adapters.dns import DnsPythonResolver
from postrider.ports.dns import DnsUnanswered


@pytest.fixture
def server():
    dns = LocalDns()
    yield dns
    dns.close()


@pytest.fixture
def resolver(server):
    return DnsPythonResolver(server.address)


def test_values_of_records_are_normalised(server, resolver):
    long_text = 'v=DKIM1; p="quoted" ' + "A" * 600
    server.publish("Example.com", "TXT", long_text, "second")
    server.publish("example.com", "MX", "10 Mail.Example.com")
    server.publish("www.example.com", "CNAME", "Shop.Example.net.")
    server.publish("example.com", "A", "192.0.2.1")
    assert sorted(resolver.look_up("example.com", "TXT")) == ["second", long_text]
    assert resolver.look_up("example.com.", "MX") == ("10 mail.example.com",)
    assert resolver.look_up("WWW.example.com", "CNAME") == ("shop.example.net",)
    assert resolver.look_up("example.com", "A") == ("192.0.2.1",)


def test_missing_records_have_no_values(server, resolver):
    server.publish("example.com", "TXT", "text")
    assert resolver.look_up("example.com", "CNAME") == ()
    assert resolver.look_up("none.example.com", "TXT") == ()
    assert resolver.look_up(f"{'x' * 70}.example.com", "TXT") == ()
    assert resolver.look_up("a..example.com", "TXT") == ()


def test_a_broken_zone_is_no_missing_record(server, resolver):
    server.failing.add("example.com")
    with pytest.raises(DnsUnanswered):
        resolver.look_up("example.com", "TXT")


def test_a_silent_server_costs_a_few_seconds_at_most(monkeypatch):
    monkeypatch.setattr("postrider.adapters.dns.LOOK_UP_S", 0.2)
    silent = LocalDns()
    silent.close()
    started = time.monotonic()
    with pytest.raises(DnsUnanswered):
        DnsPythonResolver(silent.address).look_up("example.com", "TXT")
    assert time.monotonic() - started < 5

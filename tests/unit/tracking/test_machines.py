"""Requests of persons and of machines, and their software."""

import time

import pytest

from postrider.tracking.machines import is_machine, software_of

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; ms-office; MSOffice 16)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.4.1"
TABLET = "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0 Safari/537.36"


@pytest.mark.parametrize("agent", [IPHONE, OUTLOOK, THUNDERBIRD, TABLET, "x (via ggpht.com GoogleImageProxy)"])
def test_people(agent):
    assert not is_machine(agent, "198.51.100.7")


@pytest.mark.parametrize(
    ("agent", "ip", "is_head"),
    [
        (None, "198.51.100.7", False),
        ("  ", "198.51.100.7", False),
        ("Mozilla/5.0", "198.51.100.7", False),
        (IPHONE, "17.58.101.1", False),
        (IPHONE, "198.51.100.7", True),
        ("curl/8.4.0", None, False),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", None, False),
        ("Mozilla/5.0 HeadlessChrome/119", None, False),
    ],
)
def test_machines(agent, ip, is_head):
    assert is_machine(agent, ip, is_head=is_head)


def test_an_invalid_ip_address_is_no_machines():
    assert not is_machine(IPHONE, "unknown")
    assert not is_machine(IPHONE, "2001:db8::1")


@pytest.mark.parametrize(
    ("agent", "device"), [(IPHONE, "mobile"), (TABLET, "tablet"), (THUNDERBIRD, "pc"), (None, None)]
)
def test_devices(agent, device):
    assert software_of(agent).device == device


def test_a_long_user_agent_is_parsed_quickly():
    start = time.process_time()
    for piece in ("bot", "Mozilla/5.0 (", "trend trend trend ", "<script>"):
        is_machine(piece * 30_000, "198.51.100.7")
        software_of(piece * 30_000)
    assert time.process_time() - start < 2

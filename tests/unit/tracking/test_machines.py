"""Requests of persons and of machines, and their software."""

import time

import pytest

from postrider.tracking.machines import is_machine, software_of

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; ms-office; MSOffice 16)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.4.1"
TABLET = "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0 Safari/537.36"


DEVICES = (
    "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11; CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/95.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; KING KONG CUBOT Build/CUBOT; wv) AppleWebKit/537.36 Version/4.0 Chrome/90.0",
    "Mozilla/5.0 (Linux; U; Android 4.4; CUBOT/1.0) AppleWebKit/534.30 Mobile Safari/534.30",
    "Mozilla/5.0 (Linux; Android 12; Robot Phone) AppleWebKit/537.36 Chrome/100.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 8.1; Spider P) AppleWebKit/537.36 Chrome/100.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; Panasonic ELUGA) AppleWebKit/537.36 Chrome/110.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 SamsungBrowser/21.0 Chrome/110.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 coc_coc_browser/110.0 Chrome/104.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/191.303; U; en) Presto/2.12.423 Version/12.16",
    "UCWEB/2.0 (Java; U; MIDP-2.0; en-US; nokia6300) U2/1.0.0 UCBrowser/9.5.0.449 U2/1.0.0 Mobile",
    "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 GSA/311.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Microsoft Outlook 16.0.17; Pro; ms-office; MSOffice 16)",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.1; Pro)",
    "Microsoft Outlook iOS",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Version/4.0 Chrome/124.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Abbott; Linux x86_64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "YahooMobileMail/1.0 (Android Mail; 6.0) (Moto; motorola; XT1032; 5.1/LPBS23)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
)


@pytest.mark.parametrize("agent", DEVICES)
def test_the_devices_of_people(agent):
    assert not is_machine(agent, "198.51.100.7")


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://x.example)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "SomethingNewBot/1.0",
        "Mozilla/5.0 (compatible; NewThing/1.0; +https://new.example/about)",
        "Barracuda Sentinel (EE)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126.0 Safari/537.36",
        "python-requests/2.32",
        "Python/3.11 aiohttp/3.9",
        "Go-http-client/2.0",
        "Java/17.0.1",
        "Apache-HttpClient/4.5 (Java/11)",
        "Wget/1.21",
        "WhatsApp/2.23.20.0",
        "Mozilla/5.0 (Windows NT 10.0) SkypeUriPreview Preview/0.5",
        "Mozilla/5.0 (compatible; proofpoint)",
        "Pingdom.com_bot_version_1.4",
    ],
)
def test_scanners_crawlers_and_programs(agent):
    assert is_machine(agent, "198.51.100.7")


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

"""Distinguish requests of persons and machines, and parse the names of their software."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path

MAX_AGENT_CHARS = 512

_PROXIES_OF_PEOPLE = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)
"""Image proxies that fetch an image when the person opens the mail: https://support.google.com/mail/answer/145919"""

_CRAWLERS = Path(__file__).parent / "crawlers.txt"
_SCANNERS = re.compile(
    r"\b(?:barracuda|proofpoint|mimecast|symantec|messagelabs|trend ?micro|forcepoint|fireeye|trellix|cloudmark|sophos"
    r"|cisco|ironport|safelinks|outlook-protection|urldefense|virustotal|phantomjs|selenium|playwright|puppeteer|python"
    r"|aiohttp|httpx|curl|wget|go-http-client|java/\d+|libwww|apache-http\w*|node-fetch|axios|undici|facebookexternalhit"
    r"|postman\w*)(?![a-z])|\bheadless",
    re.IGNORECASE,
)
"""Scanners of links and mails, and libraries that programs use."""
_CONTACT = re.compile(r"\+https?://|\+ ?mailto:", re.IGNORECASE)
"""The contact address in the User-Agent of crawlers."""
_WORDS = re.compile(r"(?:bot|crawler|spider|slurp|scanner|monitor|preview)(?![a-z])", re.IGNORECASE)
_HANDHELD = re.compile(r"\((?:Linux; (?:U; )?Android|iPhone|iPad|iPod)|\bMobile\b|Tablet|KAIOS|Opera Mini")
"""Devices whose names may contain these words, such as phones of CUBOT."""

_APPLE_PRIVACY_AGENTS = frozenset({"Mozilla/5.0"})
"""The complete User-Agent of Mail Privacy Protection, which loads every image through Apple, even of unopened mails.

https://support.apple.com/guide/iphone/use-mail-privacy-protection-iphf084865c7/ios
"""
_APPLE = ip_network("17.0.0.0/8")


def is_machine(user_agent: str | None, ip: str | None, *, is_head: bool = False) -> bool:
    """Return whether a request is not by a person: a privacy proxy, a scanner, a script, or a HEAD request.

    A request of a known image proxy counts as a person, a request without a User-Agent as a machine.
    """
    agent = (user_agent or "").strip()[:MAX_AGENT_CHARS]
    if is_head or not agent:
        return True
    if _PROXIES_OF_PEOPLE.search(agent):
        return False
    return agent in _APPLE_PRIVACY_AGENTS or _is_apple(ip) or _names_machine(agent)


@lru_cache(maxsize=2048)
def _names_machine(agent: str) -> bool:
    if _SCANNERS.search(agent) or _CONTACT.search(agent) or _crawlers().search(agent):
        return True
    return _WORDS.search(agent) is not None and _HANDHELD.search(agent) is None


@cache
def _crawlers() -> re.Pattern[str]:
    """Return an expression for all known crawlers, whose names begin a word."""
    lines = _CRAWLERS.read_text().splitlines()
    return re.compile("|".join(rf"(?<![A-Za-z])(?:{line})" for line in lines if not line.startswith("#")))


def _is_apple(ip: str | None) -> bool:
    try:
        return ip is not None and ip_address(ip) in _APPLE
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class SoftwareNames:
    """The software in a User-Agent; unknown parts are None. `device` is pc, mobile or tablet."""

    os: str | None = None
    os_version: str | None = None
    browser: str | None = None
    browser_version: str | None = None
    device: str | None = None
    brand: str | None = None
    model: str | None = None


@lru_cache(maxsize=2048)
def software_of(user_agent: str | None) -> SoftwareNames:
    """Parse a User-Agent."""
    # imported here, because the expressions load slowly and few processes need them
    from ua_parser import parse

    if not user_agent:
        return SoftwareNames()
    parsed = parse(user_agent[:MAX_AGENT_CHARS])
    os, browser, device = parsed.os, parsed.user_agent, parsed.device
    return SoftwareNames(
        os=os.family if os else None,
        os_version=_version(os.major, os.minor) if os else None,
        browser=browser.family if browser else None,
        browser_version=_version(browser.major, browser.minor) if browser else None,
        device=_device(user_agent, os.family if os else None),
        brand=device.brand if device else None,
        model=device.model if device else None,
    )


def _version(*parts: str | None) -> str | None:
    return ".".join(part for part in parts if part) or None


def _device(user_agent: str, os: str | None) -> str | None:
    if "iPad" in user_agent or "Tablet" in user_agent or (os == "Android" and "Mobile" not in user_agent):
        return "tablet"
    if os in ("iOS", "Android", "Windows Phone") or "Mobile" in user_agent:
        return "mobile"
    return None if os is None else "pc"


_CLIENTS = {
    "GmailImageProxy": "gmail",
    "YahooMailProxy": "yahoo_mail",
    "Apple Mail": "apple_mail",
    "Mobile Safari UI/WKWebView": "apple_mail",
    "Outlook": "outlook",
    "Windows Live Mail": "outlook",
    "Thunderbird": "thunderbird",
    "Samsung Email": "samsung_mail",
    "Chrome": "chrome",
    "Chrome Mobile": "chrome",
    "Chrome Mobile iOS": "chrome",
    "Chrome Mobile WebView": "android_app",
    "Android": "android_app",
    "Safari": "safari",
    "Mobile Safari": "safari",
    "Firefox": "firefox",
    "Firefox Mobile": "firefox",
    "Firefox iOS": "firefox",
    "Edge": "edge",
    "Edge Mobile": "edge",
    "Samsung Internet": "samsung_internet",
    "Opera": "opera",
    "Opera Mobile": "opera",
    "IE": "internet_explorer",
}
"""Mail clients and browsers by which opens and clicks are counted, by their names in ua-parser; others are counted together."""
_HIDE_DEVICES = frozenset({"gmail", "yahoo_mail"})


@dataclass(frozen=True, kw_only=True)
class ReaderSoftware:
    """The software and device of a person, in the words by which opens and clicks are counted."""

    client: str | None = None
    device: str | None = None


def reading_device_of(user_agent: str | None) -> ReaderSoftware:
    """Return software and device of a User-Agent. Proxies of mailbox providers hide the device."""
    software = software_of(user_agent)
    client = _CLIENTS.get(software.browser or "")
    return ReaderSoftware(client=client, device=None if client in _HIDE_DEVICES else software.device)

"""Who asks for a pixel or a link: a person, or a machine on the way; and what its software calls itself."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network

MAX_AGENT_CHARS = 512

_PROXIES_OF_PEOPLE = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)
"""They fetch when the person opens the mail: https://support.google.com/mail/answer/145919"""

_MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|scanner|barracuda|proofpoint|mimecast|symantec|messagelabs|trend ?micro"
    r"|forcepoint|fireeye|trellix|cloudmark|sophos|cisco|ironport|safelinks|outlook-protection"
    r"|urldefense|virustotal|headless|phantomjs|selenium|playwright|puppeteer|python-|python/|aiohttp|httpx|curl/|wget"
    r"|go-http-client|java/|libwww|apache-http|node-fetch|axios|undici|monitor|facebookexternalhit|postman",
    re.IGNORECASE,
)

_APPLE_PRIVACY_AGENTS = frozenset({"Mozilla/5.0"})
"""Mail Privacy Protection loads every image through Apple, opened or not, and tells nothing more than this.

https://support.apple.com/guide/iphone/use-mail-privacy-protection-iphf084865c7/ios
"""
_APPLE = ip_network("17.0.0.0/8")


def is_machine(user_agent: str | None, ip: str | None, *, is_head: bool = False) -> bool:
    """Whether the fetch tells nothing about a person: a privacy proxy, a security scanner, a script, a HEAD request.

    A mail client behind a known image proxy is a person; software that gives no name at all is none.
    """
    agent = (user_agent or "").strip()[:MAX_AGENT_CHARS]
    if is_head or not agent:
        return True
    if _PROXIES_OF_PEOPLE.search(agent):
        return False
    return agent in _APPLE_PRIVACY_AGENTS or _MACHINES.search(agent) is not None or _is_apple(ip)


def _is_apple(ip: str | None) -> bool:
    try:
        return ip is not None and ip_address(ip) in _APPLE
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class Software:
    """What a User-Agent says; None where it says nothing. `device` is pc, mobile or tablet."""

    os: str | None = None
    os_version: str | None = None
    browser: str | None = None
    browser_version: str | None = None
    device: str | None = None
    brand: str | None = None
    model: str | None = None


@lru_cache(maxsize=2048)
def software_of(user_agent: str | None) -> Software:
    # Imported here: the expressions take a while to load, and only answers about people need them.
    from ua_parser import parse

    if not user_agent:
        return Software()
    found = parse(user_agent[:MAX_AGENT_CHARS])
    os, browser, device = found.os, found.user_agent, found.device
    return Software(
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

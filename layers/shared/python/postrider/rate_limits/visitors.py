"""Limit the acts of visitors on public pages, by IP address and by the email address to be mailed."""

import ipaddress
from datetime import timedelta
from typing import Final

from postrider.kit.clock import Clock
from postrider.kit.errors import RateLimited
from postrider.kit.signing import Secret, keyed_hash
from postrider.rate_limits.visits import VisitRepository
from postrider.rate_limits.windows import Allowance, Window, window_of

SIGN_UPS_PER_VISITOR: Final = Allowance(name="ip", most=20, window_s=3600)
"""Limit by IP address: enough for an office or a school with one IPv4 address."""
MAILS_PER_ADDRESS: Final = Allowance(name="address", most=3, window_s=86_400)
"""Limit of confirmation mails by address, on the whole platform, since forms of many lists can flood a mailbox."""
CONFIRMATIONS_PER_SENDER_ADDRESS: Final = Allowance(name="sender_address", most=5, window_s=86_400)
"""Limit of sender confirmations by address, on the whole platform, since senders can be deleted and created again."""

INVITATIONS_PER_ADDRESS: Final = Allowance(name="invited_address", most=5, window_s=86_400)
LINKS_PER_ADDRESS: Final = Allowance(name="link_address", most=5, window_s=86_400)
LINK_REQUESTS_PER_VISITOR: Final = Allowance(name="link_ip", most=20, window_s=3600)

FAILED_LOGINS_PER_VISITOR: Final = Allowance(name="login_ip", most=50, window_s=900)
FAILED_LOGINS_PER_USER_AND_RANGE: Final = Allowance(name="login", most=10, window_s=900)
"""Limit of wrong passwords by login and range of IP addresses: guesses from elsewhere do not lock out the owner."""
FAILED_LOGINS_PER_USER: Final = Allowance(name="login_anywhere", most=200, window_s=3600)
"""Limit of wrong passwords by login, from any IP addresses."""

LINK_CHECKS_PER_ACCOUNT: Final = Allowance(name="link_checks", most=60, window_s=3600)
"""Limit of opened links in checks of campaigns, so that an account cannot send many requests to a host."""


class VisitorLimits:
    def __init__(self, visits: VisitRepository, secret: Secret, now: Clock) -> None:
        self._visits, self._secret, self._now = visits, secret, now

    def take(self, allowance: Allowance, who: str) -> None:
        """Count a visit of `who`, of which only a keyed hash is stored. Raises RateLimited above the allowance."""
        now = self._now()
        window = window_of(now, allowance.window_s)
        expires_at = window.ends_at + timedelta(hours=1)
        used = self._visits.count(*self._key(allowance, who, window), most=allowance.most, expires_at=expires_at)
        if used is None:
            raise RateLimited(
                "Too many attempts; retry later.",
                code=f"too_many_by_{allowance.name}",
                details={"retry_after_s": window.left_s(now)},
            )

    def give_back(self, allowance: Allowance, who: str) -> None:
        """Subtract a visit that was counted but not used."""
        self._visits.uncount(*self._key(allowance, who, window_of(self._now(), allowance.window_s)))

    def _key(self, allowance: Allowance, who: str, window: Window) -> tuple[str, str]:
        digest = keyed_hash(self._secret(), f"visitor-1:{allowance.name}", _network(who))
        return f"{allowance.name}#{digest}", f"visits#{window.number}"


def address_range(ip: str) -> str:
    """Return the range of addresses that one attacker may control: 256 of IPv4, or a site of IPv6 (RFC 6177)."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def _network(who: str) -> str:
    """Return the network of an IPv6 address: a subscriber has a whole /64 (RFC 6177). Other texts are unchanged."""
    try:
        address = ipaddress.ip_address(who)
    except ValueError:
        return who
    if address.version == 4:
        return who
    return str(ipaddress.ip_network((address, 64), strict=False))

"""How much strangers may ask of the public pages: by IP address, and by the address that mail would go to."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from postrider.kit.clock import Clock
from postrider.kit.errors import RateLimited
from postrider.kit.signing import Secret, keyed_hash
from postrider.rate_limits.visits import VisitRepository
from postrider.rate_limits.windows import Window, window_of


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """`most` in each stretch of `window_s` seconds; stretches begin at multiples of their length."""

    name: str
    most: int
    window_s: int


SIGN_UPS_PER_VISITOR: Final = Allowance(name="ip", most=20, window_s=3600)
"""An office or a school shares one IPv4 address; a program would need many."""
MAILS_PER_ADDRESS: Final = Allowance(name="address", most=3, window_s=86_400)
"""On the whole platform: a mailbox can be flooded by the forms of many lists as well as by those of one."""
CONFIRMATIONS_PER_SENDER_ADDRESS: Final = Allowance(name="sender_address", most=5, window_s=86_400)
"""On the whole platform: a sender can be made, deleted and made again, in as many accounts as one has."""

FAILED_LOGINS_PER_VISITOR: Final = Allowance(name="login_ip", most=50, window_s=900)
FAILED_LOGINS_PER_USER: Final = Allowance(name="login", most=10, window_s=900)
"""40 guesses an hour at one password, from however many addresses."""


class VisitorLimits:
    def __init__(self, visits: VisitRepository, secret: Secret, now: Clock) -> None:
        self._visits, self._secret, self._now = visits, secret, now

    def take(self, allowance: Allowance, who: str) -> None:
        """One more of `who`, who is stored as a keyed hash only. Raises RateLimited."""
        now = self._now()
        window = window_of(now, allowance.window_s)
        forgotten_at = window.ends_at + timedelta(hours=1)
        if not self._visits.count(*self._place(allowance, who, window), most=allowance.most, expires_at=forgotten_at):
            raise RateLimited(
                "Too many attempts.",
                code=f"too_many_by_{allowance.name}",
                details={"retry_after_s": window.left_s(now)},
            )

    def give_back(self, allowance: Allowance, who: str) -> None:
        """What was taken was not used."""
        self._visits.uncount(*self._place(allowance, who, window_of(self._now(), allowance.window_s)))

    def _place(self, allowance: Allowance, who: str, window: Window) -> tuple[str, str]:
        digest = keyed_hash(self._secret(), f"visitor-1:{allowance.name}", _network(who))
        return f"{allowance.name}#{digest}", f"visits#{window.number}"


def _network(who: str) -> str:
    """One subscriber line has a whole /64 of IPv6 (RFC 6177): all of it is one visitor."""
    try:
        address = ipaddress.ip_address(who)
    except ValueError:
        return who
    if address.version == 4:
        return who
    return str(ipaddress.ip_network((address, 64), strict=False))

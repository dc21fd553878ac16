"""Count the usage of an account in its current period, and refuse mails past its limits."""

from collections import Counter
from datetime import datetime

from postrider.accounts.service import AccountService
from postrider.delivery.service import DeliveryService
from postrider.events import calendar
from postrider.events.model import AccountLog
from postrider.events.service import EventService
from postrider.events.source import SourceKind
from postrider.kit.caching import short_lived_cache
from postrider.kit.clock import Clock, unix
from postrider.kit.errors import FieldPath, Invalid
from postrider.kit.pauses import pauses
from postrider.usage.rules import PER_CAMPAIGN, PER_MONTH, Period, limit_of, period_of

FAR_BELOW = 0.9
ROOM = 10_000
"""The share of a limit, and the distance from it in mails, up to which a cached count is used: more than an account sends
while the count is cached."""


class UsageService:
    def __init__(
        self,
        accounts: AccountService,
        events: EventService,
        delivery: DeliveryService,
        now: Clock,
    ) -> None:
        self._accounts, self._events, self._delivery, self._now = accounts, events, delivery, now
        self._used = short_lived_cache()

    def current_period(self, account_id: str) -> Period:
        """Return the current month of usage of the account. Raises NotFound."""
        return period_of(self._now(), self._accounts.get_cached(account_id).usage_limits.get("starts_on"))

    def limit(self, account_id: str, name: str) -> int | None:
        """Return a limit of the account, or None without a limit. Raises NotFound."""
        return limit_of(self._accounts.get_cached(account_id).usage_limits, name)

    def hours(self, account_id: str, start: datetime, end: datetime) -> Counter[str]:
        """Return the sums of the account's counters by measure, from the hour of `start` to the hour of `end`.

        They include the mails that open runs have sent so far. The counters are read again if a run ended meanwhile.
        """
        first, last = unix(start) // 3600, unix(end) // 3600
        for _ in pauses():
            open_runs = self._delivery.sent_hours_of_open_runs(account_id)
            included = self._events.sent_hours(account_id, open_runs)
            counted = self._events.hours(account_id, AccountLog(), first, last)
            if self._events.sent_hours(account_id, open_runs) == included:
                break
        sums: Counter[str] = Counter()
        for (_, measure), count in counted.items():
            sums[measure] += count
        for (source, run_id), hours in open_runs.items():
            missing = Counter(hours)
            missing.subtract(included[source, run_id])
            sums[calendar.sent_measure(source.kind)] += sum(by for hour, by in missing.items() if first <= hour <= last)
        return sums

    def emails(self, account_id: str) -> int:
        """Return the number of mails that the account has sent in its current period."""
        sums = self.hours(account_id, self.current_period(account_id).start, self._now())
        return sum(sums[calendar.sent_measure(kind)] for kind in SourceKind)

    def check_emails(self, account_id: str, count: int = 1, *, field: FieldPath = ()) -> None:
        """Check that the account may send this number of mails now. Raises Invalid past its monthly limit.

        An account without a limit costs no read. Far below its limit, a count that is some seconds old is used.
        """
        limit = self.limit(account_id, PER_MONTH)
        if limit is None or self._used.get(account_id, limit) + count <= min(limit * FAR_BELOW, limit - ROOM):
            return
        used = self._used[account_id] = self.emails(account_id)
        if used + count > limit:
            end = self.current_period(account_id).end
            raise Invalid(
                f"The account may send {limit} mails in its month and has sent {used}; this needs {count} more. Wait until "
                f"{end:%Y-%m-%d}, send to fewer people, or ask for a higher limit.",
                code="usage_limit_reached",
                field=field,
            )

    def check_campaign(self, account_id: str, recipients: int, *, field: FieldPath = ()) -> None:
        """Check that a campaign to this number of recipients is within the limits of the account. Raises Invalid."""
        limit = self.limit(account_id, PER_CAMPAIGN)
        if limit is not None and recipients > limit:
            raise Invalid(
                f"A campaign of this account may have {limit} recipients, and this one has {recipients}. Send to fewer "
                "people, or ask for a higher limit.",
                code="campaign_limit_reached",
                field=field,
            )
        self.check_emails(account_id, recipients, field=field)

    def limits_campaigns(self, account_id: str) -> bool:
        """Return whether the limits of the account depend on the number of recipients of a campaign."""
        return any(self.limit(account_id, name) is not None for name in (PER_MONTH, PER_CAMPAIGN))

"""Count the usage of an account in its current period, and refuse mails past its limits."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from postrider.accounts.service import AccountService
from postrider.delivery.model import RunTotals
from postrider.delivery.rules import LONGEST_RUN
from postrider.delivery.service import DeliveryService
from postrider.delivery.sources import DELIVERING, SCHEDULED, MailSources
from postrider.kit.caching import short_lived_cache
from postrider.kit.clock import Clock, unix
from postrider.kit.errors import FieldPath, Invalid, NotFound
from postrider.kit.pauses import pauses
from postrider.mail_events import calendar
from postrider.mail_events.model import AccountLog
from postrider.mail_events.service import EventService
from postrider.mail_events.source import MailSource, SourceKind
from postrider.usage.repository import AcceptedMailRepository, ReservationRepository
from postrider.usage.rules import PER_CAMPAIGN, PER_MONTH, MailUsage, UsagePeriod, limit_of, period_of

FAR_BELOW = 0.9
ROOM = 10_000
"""A cached count is used up to this share of a limit, and up to this distance from the limit in mails: an account sends fewer
mails while the count is cached."""
RESERVED_FOR = LONGEST_RUN + timedelta(days=1)
"""Lifetime of the reservations of an account after the latest start of a campaign: the longest duration of a run."""

OpenRuns = Mapping[tuple[MailSource, str], RunTotals]


class UsageService:
    def __init__(
        self,
        accounts: AccountService,
        events: EventService,
        delivery: DeliveryService,
        sources: MailSources,
        reservations: ReservationRepository,
        accepted: AcceptedMailRepository,
        now: Clock,
    ) -> None:
        self._accounts, self._events, self._delivery, self._now = accounts, events, delivery, now
        self._sources, self._reservations, self._accepted = sources, reservations, accepted
        self._used = short_lived_cache()

    def current_period(self, account_id: str) -> UsagePeriod:
        """Return the current month of the account, in which its mails are counted. Raises NotFound."""
        return self._period_at(account_id, self._now())

    def limit(self, account_id: str, name: str) -> int | None:
        """Return a limit of the account, None if there is none. Raises NotFound."""
        return limit_of(self._accounts.get_cached(account_id).usage_limits, name)

    def hours(self, account_id: str, start: datetime, end: datetime) -> Counter[str]:
        """Return the sums of the account's counters by measure, from the hour of `start` to the hour of `end`.

        They include the mails that open runs have sent so far.
        """
        return self._count(account_id, start, end)[0]

    def emails(self, account_id: str) -> int:
        """Return the number of mails that the account has sent in its current period."""
        sums, _ = self._count(account_id, self.current_period(account_id).start, self._now())
        return _sent(sums)

    def check_emails(
        self, account_id: str, count: int = 1, *, due_at: datetime | None = None, field: FieldPath = ()
    ) -> None:
        """Check that the account may send this many mails, now or at `due_at`. Raises Invalid if they exceed its monthly limit.

        The remaining mails of its campaigns and accepted transactional mails also count. An account without a limit needs no
        read. Far below the limit, a cached count is used.
        """
        limit = self._near_limit(account_id, count)
        if limit is not None:
            reserved = self._valid_reservations(account_id, self._reservations.get(account_id).recipients)
            self._check_room(account_id, limit, count, reserved, field, due_at=due_at)

    def accept_emails(self, account_id: str, count: int, due_at: datetime, *, field: FieldPath = ()) -> None:
        """Count transactional mails that are about to be stored, in the period in which they are due.

        Concurrent calls do not exceed the limit together. Far below the limit, nothing is counted. Raises Invalid if the mails
        exceed the limit.
        """
        limit = self._near_limit(account_id, count)
        if limit is None or not count:
            return
        for _ in pauses():
            before = self._reservations.get(account_id)
            held = self._valid_reservations(account_id, before.recipients)
            usage = self._check_room(account_id, limit, count, held, field, due_at=due_at)
            self._count_sent_as_accepted(account_id, usage)
            if self._accepted.add(account_id, usage.period, count, most=limit - usage.others):
                break
        after = self._reservations.get(account_id)
        if after.version == before.version:
            return
        try:  # a campaign has started
            self._check_room(
                account_id, limit, 0, self._valid_reservations(account_id, after.recipients), field, due_at=due_at
            )
        except Invalid:
            self._accepted.remove(account_id, usage.period, count)
            raise

    def check_campaign(self, account_id: str, recipients: int, *, field: FieldPath = ()) -> None:
        """Check that a campaign to this many recipients is within the limits of the account. Raises Invalid."""
        self._check_size(account_id, recipients, field)
        self.check_emails(account_id, recipients, field=field)

    def reserve_campaign(self, account_id: str, campaign_id: int, recipients: int, *, field: FieldPath = ()) -> None:
        """Check a campaign that is about to start, and reserve its mails, so that no other campaign can use them.

        A reservation counts only while its campaign is starting or sending, and without recipients that have an outcome.
        Raises Invalid if the campaign exceeds the limits of the account.
        """
        self._check_size(account_id, recipients, field)
        limit = self.limit(account_id, PER_MONTH)
        if limit is None:
            return
        for _ in pauses():
            before = self._reservations.get(account_id)
            others = {number: count for number, count in before.recipients.items() if number != campaign_id}
            held = self._valid_reservations(account_id, others)
            self._check_room(account_id, limit, recipients, held, field)
            reserved, expires_at = {**held, campaign_id: recipients}, self._now() + RESERVED_FOR
            if self._reservations.replace(account_id, before, reserved, expires_at=expires_at):
                break
        # Mails may have been accepted since the first check. A refused campaign is suspended, so its reservation does not count.
        self._check_room(account_id, limit, recipients, held, field)

    def extend_reservation(self, account_id: str, campaign_id: int, recipients: int, *, field: FieldPath = ()) -> None:
        """Reserve the mails of a campaign with more recipients than were known at its start; a smaller number changes nothing.

        `recipients` are all its recipients so far, also those whose mail was sent. Raises Invalid if the campaign exceeds the
        limits of the account.
        """
        self._check_size(account_id, recipients, field)
        limit = self.limit(account_id, PER_MONTH)
        if limit is None:
            return
        reserved: dict[int, int] = {}
        for _ in pauses():
            before = self._reservations.get(account_id)
            if before.recipients.get(campaign_id, 0) >= recipients:
                return
            reserved = {**self._valid_reservations(account_id, before.recipients), campaign_id: recipients}
            self._check_room(account_id, limit, 0, reserved, field)
            if self._reservations.replace(account_id, before, reserved, expires_at=self._now() + RESERVED_FOR):
                break
        self._check_room(account_id, limit, 0, reserved, field)  # mails may have been accepted since the first check

    def limits_campaigns(self, account_id: str) -> bool:
        """Return whether the account has a limit that depends on the number of recipients of a campaign."""
        return any(self.limit(account_id, name) is not None for name in (PER_MONTH, PER_CAMPAIGN))

    # Counting

    def _count(self, account_id: str, start: datetime, end: datetime) -> tuple[Counter[str], OpenRuns]:
        """Return the sums of `hours`, and the open runs that they include. Reads again if a run ends during the call."""
        first, last = unix(start) // 3600, unix(end) // 3600
        for _ in pauses():
            open_runs = self._delivery.totals_of_open_runs(account_id)
            included = self._events.sent_hours(account_id, open_runs)
            counted = self._events.hours(account_id, AccountLog(), first, last)
            if self._events.sent_hours(account_id, open_runs) == included:
                break
        sums: Counter[str] = Counter()
        for (_, measure), count in counted.items():
            sums[measure] += count
        for (source, run_id), totals in open_runs.items():
            missing = totals.sent_by_hour(self._now())
            missing.subtract(included[source, run_id])
            sums[calendar.sent_measure(source.kind)] += sum(by for hour, by in missing.items() if first <= hour <= last)
        return sums, open_runs

    def _usage_of(self, account_id: str, period: UsagePeriod, reserved: Mapping[int, int]) -> MailUsage:
        """Return the usage of a period that has begun or follows. Campaigns in delivery use the current one only."""
        now = self._now()
        sums, open_runs = self._count(account_id, period.start, max(period.start, now))
        return MailUsage(
            period=period,
            sent=_sent(sums),
            transactional=sums[calendar.sent_measure(SourceKind.TRANSACTIONAL)],
            accepted=self._accepted.get(account_id, period),
            pending=self._pending(account_id, reserved, open_runs) if period.start <= now else 0,
        )

    def _period_at(self, account_id: str, moment: datetime) -> UsagePeriod:
        return period_of(moment, self._accounts.get_cached(account_id).usage_limits.get("starts_on"))

    def _near_limit(self, account_id: str, count: int) -> int | None:
        """Return the limit for a month, None if there is none or the account is far below it."""
        limit = self.limit(account_id, PER_MONTH)
        if limit is None or self._used.get(account_id, limit) + count <= min(limit * FAR_BELOW, limit - ROOM):
            return None
        return limit

    def _count_sent_as_accepted(self, account_id: str, usage: MailUsage) -> None:
        """Include sent mails that were not counted when they were accepted, because the account was far below its limit."""
        if usage.accepted is None:
            self._accepted.start(account_id, usage.period, usage.transactional)
        elif usage.accepted < usage.transactional:
            self._accepted.raise_to(account_id, usage.period, usage.transactional)

    def _check_size(self, account_id: str, recipients: int, field: FieldPath) -> None:
        limit = self.limit(account_id, PER_CAMPAIGN)
        if limit is not None and recipients > limit:
            raise Invalid(
                f"A campaign of this account may have {limit} recipients, and this one has {recipients}. Send to fewer "
                "people, or ask for a higher limit.",
                code="campaign_limit_reached",
                field=field,
            )

    def _check_room(
        self,
        account_id: str,
        limit: int,
        count: int,
        reserved: Mapping[int, int],
        field: FieldPath,
        *,
        due_at: datetime | None = None,
    ) -> MailUsage:
        """Check that the used mails, the mails of the `reserved` campaigns and `count` mails do not exceed the limit together."""
        now = self._now()
        period = self._period_at(account_id, max(due_at or now, now))
        usage = self._usage_of(account_id, period, reserved)
        if period.start <= now:
            self._used[account_id] = usage.total
        if usage.total + count > limit:
            end = period.end
            follows = f" and accepted {usage.waiting} more" if usage.waiting else ""
            follows += f", and campaigns that are being sent need {usage.pending} more" if usage.pending else ""
            needs = f"; this needs {count} more" if count else ""
            raise Invalid(
                f"The account may send {limit} mails in its month and has sent {usage.sent}{follows}{needs}. "
                f"Wait until {end:%Y-%m-%d}, send to fewer people, or ask for a higher limit.",
                code="usage_limit_reached",
                field=field,
            )
        return usage

    # Reservations

    def _valid_reservations(self, account_id: str, reserved: Mapping[int, int]) -> dict[int, int]:
        """Return the reservations of campaigns that are starting or sending.

        The campaigns are read before the mails are counted, so that all mails of a campaign that has ended are counted.
        """
        return {number: count for number, count in reserved.items() if self._may_send(account_id, number)}

    def _may_send(self, account_id: str, campaign_id: int) -> bool:
        try:
            state = self._sources.get(account_id, MailSource.campaign(campaign_id))
        except NotFound:
            return False
        is_due = state.scheduled_for is not None and state.scheduled_for <= self._now()
        is_starting = state.status == SCHEDULED and not state.suspended and is_due
        return is_starting or state.status == DELIVERING

    def _pending(self, account_id: str, reserved: Mapping[int, int], open_runs: OpenRuns) -> int:
        """Return the number of remaining mails of campaigns that are being sent, and of campaigns whose run is not stored yet."""
        expected = {MailSource.campaign(number): count for number, count in reserved.items()}
        following = 0
        for (source, run_id), totals in open_runs.items():
            left = totals.may_follow(expected.pop(source, 0))
            if source.kind == SourceKind.CAMPAIGN and left and self._delivers(account_id, source, run_id):
                following += left
        return following + sum(expected.values())

    def _delivers(self, account_id: str, source: MailSource, run_id: str) -> bool:
        try:
            return self._sources.get(account_id, source).delivers(run_id)
        except NotFound:
            return False


def _sent(sums: Mapping[str, int]) -> int:
    return sum(sums[calendar.sent_measure(kind)] for kind in SourceKind)

"""Lease moments for sending, so that all senders together do not exceed the rate of the mailer in any second."""

from datetime import UTC, datetime, timedelta

from postrider.delivery.rate import rules
from postrider.delivery.rate.model import MICROS, DailyQuotaUsed, Lease, TimelineBusy
from postrider.delivery.rate.pace import Pace
from postrider.delivery.rate.repository import Timeline
from postrider.kit.clock import Clock
from postrider.kit.observability import logger
from postrider.ports.mailer import LimitsUnknown, Mailer, MailerPaused, SendingLimits

LONGEST_URGENT_WAIT_S = 3600
"""Maximum wait of an urgent mail; beyond it the mail is sent now, and the mailer may refuse it."""
HELD_BACK_S = 1.0
"""Seconds without leases after the mailer throttled."""
QUOTA_LOOK = timedelta(hours=1)
"""Time for which senders are parked: the quota counts a rolling day, so that each hour frees the mails of an hour."""


class RateService:
    def __init__(self, timeline: Timeline, mailer: Mailer, now: Clock, *, max_wait_s: float = rules.MAX_WAIT_S) -> None:
        self._timeline, self._mailer, self._now, self._max_wait_s = timeline, mailer, now, max_wait_s

    def limits(self) -> SendingLimits:
        """Return the limits of the mailer, at most about a minute old: one sender a minute requests them for all senders.

        If the mailer does not answer, return the last known limits. Raises LimitsUnknown if they are unknown.
        """
        now = _micros(self._now())
        before = now - rules.LIMITS_KEPT_S * MICROS
        stored = self._timeline.limits()
        if stored is None:
            return self._request_limits(now, None)
        limits, asked_at = stored
        is_outdated = asked_at <= before
        if is_outdated and not self._timeline.reserve_limits_request(
            now, before=before
        ):  # another sender requests them
            return (self._timeline.limits() or stored)[0]
        return self._request_limits(now, limits) if is_outdated or not limits.enabled else limits

    def _request_limits(self, now: int, known: SendingLimits | None) -> SendingLimits:
        try:
            limits = self._mailer.limits()
        except LimitsUnknown as exc:
            if known is None:
                raise
            logger.warning("the limits of the mailer are not refreshed", extra={"reason": str(exc)})
            return known
        if limits != known:
            self._timeline.store_limits(limits, now)
        return limits

    def lease(self, wanted: int, pace: Pace, *, until: datetime) -> Lease:
        """Lease moments for at most `wanted` mails that begin within the longest wait and end before `until`.

        `pace` is the pace of this process. Raises LineBusy if other senders have reserved these moments, Parked if the daily
        quota is used up, MailerPaused if the account may not send.
        """
        limits = self.limits()
        if not limits.enabled or limits.max_per_second <= 0:
            raise MailerPaused("Sending is switched off for this SES account.")
        now = self._now()
        if limits.max_per_day is not None and limits.sent_last_day >= limits.max_per_day * rules.DAILY_SHARE:
            parked_until = now + QUOTA_LOOK
            self.park(parked_until)
            raise DailyQuotaUsed(parked_until)
        rate = rules.marketing_rate(limits.max_per_second)
        spacing = rules.spacing_s(rate, pace.spacing_s)
        count = rules.lease_size(wanted, spacing)
        latest = min(_micros(now) + int(self._max_wait_s * MICROS), _micros(until) - int(count * spacing * MICROS))
        start = self._timeline.take(
            int(count * MICROS / rate), earliest=_micros(now) + int(pace.lead_s * MICROS), latest=latest
        )
        next_at, parked_at = self._timeline.state()
        if parked_at > _micros(now):
            raise DailyQuotaUsed(_moment(parked_at))
        if start is None:
            raise TimelineBusy(max((next_at - _micros(now)) / MICROS, 0.0))
        return Lease(start=start / MICROS, spacing_s=spacing, count=count, tolerance_s=rules.TOLERANCE_S)

    def lease_urgent(self, count: int = 1) -> float:
        """Return the moment for a transactional mail to `count` recipients in Unix seconds: now, while the reserve lasts.

        Its moments are missing for later marketing mail. If the reserve is used up, it waits for the next moment of the
        reserve, or of marketing mail if that is sooner.
        """
        limits = self.limits()
        now = _micros(self._now())
        reserve = max(limits.max_per_second * (1 - rules.SHARE), rules.SHARE)
        span = int(count * MICROS / rules.marketing_rate(limits.max_per_second))
        reserve_span = int(count * MICROS / reserve)
        start = self._timeline.take_urgent(span, reserve_span, now=now, latest=now)
        next_at, _ = self._timeline.state()
        if start is None and next_at > now:
            start = self._timeline.take_urgent(span, reserve_span, now=now, latest=next_at)
        if start is None:
            start = self._timeline.take(span, earliest=now, latest=now + LONGEST_URGENT_WAIT_S * MICROS)
        return (now if start is None else start) / MICROS

    def pause_after_throttle(self) -> None:
        """Pause all senders after the mailer throttled."""
        self._timeline.hold_back(_micros(self._now()) + int(HELD_BACK_S * MICROS))

    def park(self, until: datetime) -> None:
        """Park all senders until this moment."""
        self._timeline.park(_micros(until))


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * MICROS)


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / MICROS, UTC)

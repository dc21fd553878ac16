"""Take up restored tables: suspend the campaigns that may have been sent since the backup, then allow sending.

Mails of workflows that may have been sent become unknown when their runs are sent (`journeys.rules.is_unknown`).
"""

from datetime import datetime
from typing import Final

from postrider.delivery.sources import DELIVERING, SCHEDULED, MailSources, SourceState
from postrider.epochs.service import EpochService
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound

REASON: Final = (
    "The data was restored from a backup, which lacks the mails sent since then. Cancel it, or resume it to send to all "
    "who have no mail in this report."
)


class CopyTakeover:
    def __init__(self, epochs: EpochService, sources: MailSources, now: Clock) -> None:
        self._epochs, self._sources, self._now = epochs, sources, now

    def take_up(self, *, resume: bool = False, stopped_at: datetime | None = None) -> list[str]:
        """Suspend campaigns (not with `resume`), then allow the tables to send. Return the suspended campaigns.

        The original may have sent mails that were due until `stopped_at` (None: now); `resume` states that it has sent none
        since the backup. Repeating the call completes it. Raises Invalid if `stopped_at` is in the future.
        """
        now = self._now()
        if stopped_at is not None and stopped_at > now:
            raise Invalid(
                "The moment at which the original stopped sending is in the future. Stop the original first, then give a "
                "moment that has passed.",
                code="not_stopped_yet",
            )
        until = None if resume else stopped_at or now
        suspended = [] if until is None or self._epochs.is_ours() else self._suspend_all(until)
        self._epochs.take_up(unknown_until=until)
        return suspended

    def _suspend_all(self, until: datetime) -> list[str]:
        suspended = []
        for account_id, source in list(self._sources.unfinished()):
            try:
                state = self._sources.get(account_id, source)
            except NotFound:
                continue
            if _may_have_been_sent(state, until) and not state.suspended:
                self._sources.pause(account_id, source, reason=REASON)
                suspended.append(f"account {account_id}: {source}")
        return suspended


def _may_have_been_sent(state: SourceState, until: datetime) -> bool:
    """Return whether the original deployment may have sent mails of the source since the backup."""
    is_due = state.scheduled_for is not None and state.scheduled_for <= until
    return state.status == DELIVERING or (state.status == SCHEDULED and is_due)

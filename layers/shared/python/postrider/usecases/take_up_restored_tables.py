"""Take up restored tables: suspend the campaigns that may have been sent since the backup, then allow sending.

Mails of workflows that may have been sent become unknown when their runs are sent (`journeys.rules.is_unknown`).
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from postrider.delivery.sources import DELIVERING, SCHEDULED, MailSources, SourceState
from postrider.epochs.service import EpochService
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound

REASON: Final = (
    "The data was restored from a backup, which lacks the mails sent since then. Cancel it, or resume it to send to all "
    "who have no mail in this report."
)

_IF_UNKNOWN: Final = "If it is not known, give none: then every mail that was due until now counts as possibly sent."
BACKUPS_KEPT: Final = timedelta(days=35)
"""The maximum age of a backup: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html"""


class RestoredTablesTakeover:
    def __init__(self, epochs: EpochService, sources: MailSources, now: Clock) -> None:
        self._epochs, self._sources, self._now = epochs, sources, now

    def take_up(self, *, resume: bool = False, stopped_at: datetime | None = None) -> list[str]:
        """Suspend campaigns (not with `resume`), then allow the tables to send. Return the suspended campaigns.

        The original may have sent mails that were due until `stopped_at` (None: now); `resume` states that it has sent none
        since the backup. Repeating the call completes it. Raises Invalid for both together, or an impossible `stopped_at`.
        """
        now = self._now()
        if stopped_at is not None:
            self._check_stop(stopped_at, now, resume=resume)
        until = None if resume else stopped_at or now
        suspended = [] if until is None or self._epochs.can_send() else self._suspend_all(until)
        self._epochs.take_up(unknown_until=until)
        return suspended

    def _check_stop(self, stopped_at: datetime, now: datetime, *, resume: bool) -> None:
        """Check that the original stopped after the backup. With an earlier moment, mails could be sent twice.

        If the restore did not store the moment of the backup, check that it is possible: it is not older than backups are kept,
        and the original could send then.
        """
        if resume:
            raise Invalid(
                "Both the moment at which the original stopped and resuming are given. Give only the moment if the original "
                "may have sent mails since the backup, and only resume if it has sent none.",
                code="contradictory_stop",
            )
        if stopped_at > now:
            raise Invalid(
                "The moment at which the original stopped sending is in the future. Stop the original first, then give a "
                "moment that has passed.",
                code="not_stopped_yet",
            )
        original = self._epochs.copied_from()
        if original and original.restored_to and stopped_at < original.restored_to:
            raise Invalid(
                f"{_text(stopped_at)} is before the moment of the restored backup, {_text(original.restored_to)}. If the "
                f"original sent mails after the backup, give the moment at which it was stopped. {_IF_UNKNOWN} If it has sent "
                "none since the backup, resume instead.",
                code="stopped_before_backup",
            )
        earliest = now - BACKUPS_KEPT
        if stopped_at < max(earliest, original.since if original else earliest):
            raise Invalid(
                f"The original cannot have stopped at {_text(stopped_at)}: backups are kept for {BACKUPS_KEPT.days} days"
                + (f", and these tables may send since {_text(original.since)}" if original else "")
                + f". Give the moment at which the original was stopped. {_IF_UNKNOWN}",
                code="stopped_too_early",
            )

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


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _may_have_been_sent(state: SourceState, until: datetime) -> bool:
    """Return whether the original deployment may have sent mails of the source since the backup."""
    is_due = state.scheduled_for is not None and state.scheduled_for <= until
    return state.status == DELIVERING or (state.status == SCHEDULED and is_due)

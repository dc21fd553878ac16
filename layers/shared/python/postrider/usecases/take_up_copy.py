"""Take up restored tables: suspend the sources that may have been sent since the backup, then allow sending."""

from typing import Final

from postrider.delivery.sources import DELIVERING, SCHEDULED, MailSources, SourceState
from postrider.epochs.service import EpochService
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound

REASON: Final = (
    "The data was restored from a backup, which lacks the mails sent since then. Cancel it, or resume it to send to all "
    "who have no mail in this report."
)


class CopyTakeover:
    def __init__(self, epochs: EpochService, sources: MailSources, now: Clock) -> None:
        self._epochs, self._sources, self._now = epochs, sources, now

    def take_up(self, *, resume: bool = False) -> list[str]:
        """Allow the tables to send. First suspend campaigns (not with `resume`), and return them; it can be repeated."""
        suspended = [] if resume or self._epochs.is_ours() else self._suspend_all()
        self._epochs.take_up()
        return suspended

    def _suspend_all(self) -> list[str]:
        suspended = []
        for account_id, source in list(self._sources.unfinished()):
            try:
                state = self._sources.get(account_id, source)
            except NotFound:
                continue
            if self._may_have_been_sent(state) and not state.suspended:
                self._sources.pause(account_id, source, reason=REASON)
                suspended.append(f"account {account_id}: {source}")
        return suspended

    def _may_have_been_sent(self, state: SourceState) -> bool:
        """Return whether the original deployment may have sent mails of the source since the backup."""
        is_due = state.scheduled_for is not None and state.scheduled_for <= self._now()
        return state.status == DELIVERING or (state.status == SCHEDULED and is_due)

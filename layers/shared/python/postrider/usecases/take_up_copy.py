"""Take up restored tables: suspend what may have been sent since they were saved, then let them send."""

from typing import Final

from postrider.delivery.sources import DELIVERING, SCHEDULED, MailSources, SourceState
from postrider.epochs.service import EpochService
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound

REASON: Final = (
    "The data was restored from a backup, which does not know of mails sent since. Cancel it, or resume it to send to all "
    "who have no mail in this report."
)


class CopyTakeover:
    def __init__(self, epochs: EpochService, sources: MailSources, now: Clock) -> None:
        self._epochs, self._sources, self._now = epochs, sources, now

    def take_up(self, *, resume: bool = False) -> list[str]:
        """Let the tables send. Return what is suspended before, which is nothing with `resume`; it can be repeated."""
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
        """Return whether the original deployment may have mailed this since the backup."""
        is_due = state.scheduled_for is not None and state.scheduled_for <= self._now()
        return state.status == DELIVERING or (state.status == SCHEDULED and is_due)

"""Take up restored tables: suspend what was being sent when they were saved, then let them send."""

from typing import Final

from postrider.delivery.sources import DELIVERING, MailSources
from postrider.epochs.service import EpochService
from postrider.kit.errors import NotFound

REASON: Final = (
    "The data was restored from a backup, which does not know of mails sent since. Cancel it, or resume it to send to all "
    "who have no mail in this report."
)


class CopyTakeover:
    def __init__(self, epochs: EpochService, sources: MailSources) -> None:
        self._epochs, self._sources = epochs, sources

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
            if state.status == DELIVERING and not state.suspended:
                self._sources.pause(account_id, source, reason=REASON)
                suspended.append(f"account {account_id}: {source}")
        return suspended

"""Decide whether this deployment may send mail that is stored in its tables."""

import time
from datetime import datetime
from typing import Final

from postrider.epochs.model import Epoch
from postrider.epochs.repository import EpochRepository
from postrider.kit.clock import Clock
from postrider.kit.observability import logger

READ_AGAIN_AFTER_S: Final = 30
"""Time after which a process of a copy reads the epoch again. A process that may send reads it once: this is final."""


class EpochService:
    def __init__(self, epochs: EpochRepository, identity: str, now: Clock) -> None:
        """Initialize the service; `identity` is the identity of the tables that this process uses."""
        self._epochs, self._identity, self._now = epochs, identity, now
        self._can_send = False
        self._epoch: Epoch | None = None
        self._read_at: float | None = None

    def can_send(self) -> bool:
        """Return whether the tables are original or were taken up; new tables without an epoch are original."""
        read_at = self._read_at
        if not self._can_send and (read_at is None or time.monotonic() - read_at >= READ_AGAIN_AFTER_S):
            self._read_at = time.monotonic()
            self._epoch = self._epochs.get()
            self._can_send = self._epoch is None or self._epoch.identity == self._identity
            if not self._can_send:
                logger.warning("nothing is sent: the tables are a copy that was not taken up")
        return self._can_send

    def unknown_until(self) -> datetime | None:
        """Return the moment up to which the original of the tables may have sent due mails; None for tables without original."""
        self.can_send()
        return None if self._epoch is None else self._epoch.unknown_until

    def copied_from(self) -> Epoch | None:
        """Return the epoch of the original, with the moment of the backup; None if the tables are not a copy."""
        return None if self.can_send() else self._epoch

    def begin(self) -> None:
        """Store the epoch of this deployment in new tables; change nothing in others."""
        self._epochs.begin(Epoch(identity=self._identity, since=self._now()))

    def take_up(self, *, unknown_until: datetime | None = None) -> None:
        """Store the epoch of this deployment in a copy; change nothing in its own tables.

        The original may have sent mails that were due until `unknown_until`; None: it has sent none since the backup.
        """
        if self.can_send():
            return
        until = unknown_until or self.unknown_until()  # the moment of an earlier copy remains valid
        self._epochs.replace(Epoch(identity=self._identity, since=self._now(), unknown_until=until))
        self._read_at = None

"""Decide whether this deployment may send what its tables hold."""

import time
from typing import Final

from postrider.epochs.model import Epoch
from postrider.epochs.repository import EpochRepository
from postrider.kit.clock import Clock
from postrider.kit.observability import logger

ASKED_EVERY_S: Final = 30
"""A process of a copy asks again after this time; one that may send has asked once, since that does not change."""


class EpochService:
    def __init__(self, epochs: EpochRepository, identity: str, now: Clock) -> None:
        """Keep the parts; `identity` is that of the tables that this process uses."""
        self._epochs, self._identity, self._now = epochs, identity, now
        self._is_ours = False
        self._asked_at: float | None = None

    def is_ours(self) -> bool:
        """Return whether the tables are the original ones, or were taken up; tables that nobody has used are nobody's copy."""
        asked_at = self._asked_at
        if not self._is_ours and (asked_at is None or time.monotonic() - asked_at >= ASKED_EVERY_S):
            self._asked_at = time.monotonic()
            epoch = self._epochs.get()
            self._is_ours = epoch is None or epoch.identity == self._identity
            if not self._is_ours:
                logger.warning("nothing is sent: the tables are a copy that was not taken up")
        return self._is_ours

    def begin(self) -> None:
        """Make new tables those of this deployment; others stay what they are."""
        self._epochs.begin(Epoch(identity=self._identity, since=self._now()))

    def take_up(self) -> None:
        """Make the tables those of this deployment, whatever they were."""
        self._epochs.replace(Epoch(identity=self._identity, since=self._now()))
        self._asked_at = None

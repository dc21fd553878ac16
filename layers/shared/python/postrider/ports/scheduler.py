"""One-off alarms: put an order on a queue at a moment."""

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel


class Scheduler(Protocol):
    """Fires at least once, up to a minute late; the order is ids only and its consumer looks whether it still holds."""

    def put(self, name: str, moment: datetime, queue: str, order: BaseModel) -> None:
        """Arrange, or move, the alarm with this name ([0-9a-zA-Z-_.]{1,64}) for the queue with this short name."""
        ...

    def remove(self, name: str) -> None:
        """Does nothing when there is no such alarm (any more)."""
        ...

"""Stand-ins for what costs money or cannot be reached from a test."""

from datetime import datetime

from pydantic import BaseModel


class MemoryScheduler:
    """Keeps alarms; the sweeper finds what is due."""

    def __init__(self) -> None:
        self.alarms: dict[str, tuple[datetime, str, BaseModel]] = {}

    def put(self, name: str, moment: datetime, queue: str, order: BaseModel) -> None:
        self.alarms[name] = (moment, queue, order)

    def remove(self, name: str) -> None:
        self.alarms.pop(name, None)

    def due(self, now: datetime) -> list[tuple[str, BaseModel]]:
        """Takes the alarms whose moment has come: (queue, order)."""
        names = [name for name, (moment, _, _) in self.alarms.items() if moment <= now]
        return [self.alarms.pop(name)[1:] for name in names]

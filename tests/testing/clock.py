"""A clock that tests move; nothing sleeps."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """A clock that tests move. It starts at the real time, because the stand-in deletes expired items."""

    def __init__(self) -> None:
        self._moment = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self._moment

    def move(self, by: timedelta) -> None:
        self._moment += by

    def move_to(self, moment: datetime) -> None:
        self._moment = moment

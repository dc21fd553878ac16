"""A clock that tests move; nothing sleeps."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Called for the present moment, as every Clock."""

    def __init__(self) -> None:
        self._moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self._moment

    def move(self, by: timedelta) -> None:
        self._moment += by

    def move_to(self, moment: datetime) -> None:
        self._moment = moment

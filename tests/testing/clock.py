"""A clock that tests move; nothing sleeps."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Called for the present moment, as every Clock. It starts at the real time: the stand-in deletes what has expired."""

    def __init__(self) -> None:
        self._moment = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self._moment

    def move(self, by: timedelta) -> None:
        self._moment += by

    def move_to(self, moment: datetime) -> None:
        self._moment = moment

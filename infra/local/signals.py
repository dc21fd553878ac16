"""Handle the signals that stop the local platform, with the standard library only."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """A signal requested the end of the program."""


def stop_on_signals() -> None:
    for number in ENDING:
        signal.signal(number, _stop)


def ignore_signals() -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def held_signals() -> Iterator[None]:
    """Delay signals until the end of the block.

    Used for starting a child: an interrupted `Popen` loses a child that already runs.
    """
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, frame: came.append(number)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop

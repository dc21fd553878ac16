"""Save the stand-in's state now and then, not only at its end, so that a crash loses minutes and not days.

A copy of the process writes: it has the state of one moment, and calls go on meanwhile. The module runs in the
stand-in's own environment and imports nothing of the project.
"""

import os
import signal
import threading
import time
from collections.abc import Callable

SAVE_EVERY_S = 120
SHARE_OF_TIME = 0.05
"""At most so much of the time is spent on saving: a state that takes long to write is written less often."""
LONGEST_SAVE_S = 600
POLL_S = 0.2


class StateSaver:
    """`save` writes the whole state, each file by renaming a finished one."""

    def __init__(self, save: Callable[[], None]) -> None:
        self._save = save
        self._lock = threading.Lock()
        self._copy_id: int | None = None
        self._has_ended = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="save-state", daemon=True).start()

    def save_in_copy(self) -> bool:
        """Write the present state by a copy of this process. Return whether that was done in time."""
        with self._lock:
            if self._has_ended.is_set():
                return False
            self._copy_id = os.fork()
            if self._copy_id == 0:
                self._write_and_exit()
        return self._wait_for_copy()

    def save_at_end(self) -> None:
        """Write the last state; a copy that still writes an earlier one is ended before."""
        with self._lock:
            self._has_ended.set()
            if self._copy_id is not None:
                os.kill(self._copy_id, signal.SIGKILL)
        while self._copy_id is not None:
            time.sleep(POLL_S / 10)
        self._save()

    def _run(self) -> None:
        pause_s: float = SAVE_EVERY_S
        while not self._has_ended.wait(pause_s):
            began = time.monotonic()
            self.save_in_copy()
            pause_s = max(SAVE_EVERY_S, (time.monotonic() - began) / SHARE_OF_TIME)

    def _write_and_exit(self) -> None:
        status = 1
        try:
            os.nice(10)
            self._save()
            status = 0
        finally:
            os._exit(status)

    def _wait_for_copy(self) -> bool:
        deadline = time.monotonic() + LONGEST_SAVE_S
        assert self._copy_id is not None
        while True:
            ended_id, status = os.waitpid(self._copy_id, os.WNOHANG)
            if ended_id:
                self._copy_id = None
                return status == 0
            if time.monotonic() > deadline:
                os.kill(self._copy_id, signal.SIGKILL)
            time.sleep(POLL_S)

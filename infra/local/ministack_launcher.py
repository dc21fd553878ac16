"""Starts ministack inside its own virtual environment, with three adjustments that a local run needs.

Run as a script by that environment's interpreter; the rest of the project never imports it. The adjustments: schedules
are looked at every second instead of every ten, a Lambda layer is unpacked once and shared by all workers (a worker
otherwise unpacks tens of megabytes at each cold start), and the process ends when the one that started it dies.
"""

import ctypes
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

SCHEDULE_TICK_S = 1
SHARED_ZIP_MIN_BYTES = 1_000_000  # smaller archives unpack in a few milliseconds
PR_SET_PDEATHSIG = 1  # https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html

_unpack_lock = threading.Lock()


def end_with_parent() -> None:
    if sys.platform == "linux":
        parent = int(os.environ.get("STANDIN_PARENT_PID", "0"))
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if parent and os.getppid() != parent:  # it died before the call
            sys.exit(0)


def share_unpacked_archives() -> None:
    """Replaces the target folder of a big archive by a link to one unpacked copy per content."""
    unpack = zipfile.ZipFile.extractall

    def extractall(self: zipfile.ZipFile, path=None, members=None, pwd=None):  # type: ignore[no-untyped-def]
        name, target = self.filename, Path(path or ".")
        whole = name is not None and members is None and target.is_dir() and not any(target.iterdir())
        if name is None or not whole or os.path.getsize(name) < SHARED_ZIP_MIN_BYTES:
            unpack(self, path, members, pwd)
            return
        digest = hashlib.sha256(Path(name).read_bytes()).hexdigest()[:32]
        shared = Path(tempfile.gettempdir()) / f"unpacked-{digest}"
        with _unpack_lock:
            if not shared.exists():
                partial = Path(tempfile.mkdtemp(prefix="unpacking-"))
                unpack(self, partial)
                partial.rename(shared)
        target.rmdir()
        target.symlink_to(shared)  # shutil.rmtree of the worker's folder removes the link, not the copy

    zipfile.ZipFile.extractall = extractall  # type: ignore[method-assign]


def main() -> None:
    end_with_parent()
    share_unpacked_archives()
    from ministack.app import main as run
    from ministack.services import eventbridge, scheduler

    scheduler._SCHEDULE_TICK_INTERVAL = SCHEDULE_TICK_S
    eventbridge._SCHEDULER_TICK_INTERVAL = SCHEDULE_TICK_S
    try:
        run()
    finally:
        shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
        os.killpg(0, signal.SIGKILL)  # its workers, which would notice a moment later, and this process


if __name__ == "__main__":
    main()

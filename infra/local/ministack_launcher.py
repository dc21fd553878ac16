"""Start ministack inside its own virtual environment, with the adjustments that a local run needs.

Run as a script by that environment's interpreter; the rest of the project never imports it. The adjustments: schedules
are looked at every second instead of every ten, a Lambda layer is unpacked once and shared by all workers (a worker
otherwise unpacks tens of megabytes at each cold start), the processes of functions are bounded
(`function_processes.py`), the state is saved now and then (`state_saving.py`), DynamoDB reads an expression once
(`expression_cache.py`), a path may hold a line break, and the process ends when the one that started it dies.
"""

import ctypes
import hashlib
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import zipfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from expression_cache import keep_read_expressions  # beside this file, which is run as a script
from function_processes import FunctionProcesses
from state_saving import StateSaver

SCHEDULE_TICK_S = 1
SHARED_ZIP_MIN_BYTES = 1_000_000  # smaller archives unpack in a few milliseconds
PR_SET_PDEATHSIG = 1  # https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html


def end_with_parent() -> None:
    if sys.platform == "linux":
        parent = int(os.environ.get("STANDIN_PARENT_PID", "0"))
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if parent and os.getppid() != parent:  # it died before the call
            sys.exit(0)


class SharedZipFile(zipfile.ZipFile):
    """Unpack a big archive once per content; later workers get a link to that copy instead of one of their own."""

    _unpacking = threading.Lock()

    def namelist(self) -> list[str]:
        """Return no names when the copy exists, because ministack checks each file with two system calls at each start."""
        shared = self._shared()
        return [] if shared is not None and shared.exists() else super().namelist()

    def extractall(self, path=None, members=None, pwd=None):  # type: ignore[no-untyped-def]
        shared, target = self._shared(), Path(path or ".")
        if shared is None:
            super().extractall(path, members, pwd)
            return
        with self._unpacking:
            if not shared.exists():
                partial = Path(tempfile.mkdtemp(prefix="unpacking-"))
                super().extractall(partial)
                partial.rename(shared)
        target.rmdir()
        target.symlink_to(shared)  # shutil.rmtree of the worker's folder removes the link, not the copy
        Path(str(self.filename)).unlink()  # it would stay in memory as long as the worker

    def _shared(self) -> Path | None:
        archive = Path(str(self.filename))
        if not archive.exists() or archive.stat().st_size < SHARED_ZIP_MIN_BYTES:
            return None
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()[:32]
        return Path(tempfile.gettempdir()) / f"unpacked-{digest}"


def main() -> None:
    end_with_parent()
    from ministack import app
    from ministack.app import main as run
    from ministack.core import lambda_runtime
    from ministack.services import apigateway, dynamodb, eventbridge, lambda_svc, scheduler

    FunctionProcesses(lambda_runtime, lambda_svc).install()
    keep_read_expressions(dynamodb)
    if app.PERSIST_STATE:
        save_all = app.save_all
        saver = StateSaver(lambda: save_all(app._build_persistence_save_dict()))
        app.save_all = lambda _: saver.save_at_end()
        saver.start()
    lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": SharedZipFile})
    apigateway.re = SimpleNamespace(**vars(re) | {"fullmatch": partial(re.fullmatch, flags=re.DOTALL)})
    scheduler._SCHEDULE_TICK_INTERVAL = SCHEDULE_TICK_S
    eventbridge._SCHEDULER_TICK_INTERVAL = SCHEDULE_TICK_S
    try:
        run()
    finally:
        shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
        os.killpg(0, signal.SIGKILL)  # its workers, which would notice a moment later, and this process


if __name__ == "__main__":
    main()

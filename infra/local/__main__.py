"""`make run`: the whole platform on this machine, until Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from infra.local.preflight import check

check()

try:  # after the check, whose messages are clearer than an ImportError
    from infra.local.deploy import DeployFailed
    from infra.local.front import PortTaken
    from infra.local.stack import LocalStack
    from infra.local.standin import ROOT, StandinFailed
    from infra.local.synth import SynthFailed
except ModuleNotFoundError as exc:
    sys.exit(f"{exc.name} is not installed here. `make run` makes the environment and starts this program in it.")

DEFAULT_EMAIL, DEFAULT_PASSWORD = "owner@example.com", "postrider-local"
POLL_S = 0.5


class Stop(BaseException):
    """A signal asked the program to end."""


def main() -> int:
    started = time.monotonic()
    try:
        port = int(os.environ.get("PORT") or 8080)
    except ValueError:
        return _fail("PORT must be a number.")
    _stop_on_signals()
    state_dir = ROOT / ".local" / "state" / str(port)
    try:
        stack = LocalStack(port, state_dir=state_dir, say=_say, host=os.environ.get("HOST") or "127.0.0.1")
    except PortTaken as exc:
        return _fail(str(exc))
    children: list[subprocess.Popen[bytes]] = []
    try:
        stack.start()
        email = os.environ.get("OWNER_EMAIL") or DEFAULT_EMAIL
        password = os.environ.get("OWNER_PASSWORD") or DEFAULT_PASSWORD
        stack.create_owner(email, password)
        _say(f"owner {email}" + ("" if "OWNER_PASSWORD" in os.environ else f", password {DEFAULT_PASSWORD}"))
        _say(f"local inbox {stack.url}/_local/ (nothing is delivered to anybody)")
        _say(f"ready {stack.url}")
        _say(f"started in {time.monotonic() - started:.1f} s; Ctrl-C ends it, the data stays in {_shown(state_dir)}")
        if os.environ.get("DEMO", "1") != "0":
            children.append(_start_demo(stack.url, email, password, state_dir))
        while stack.running():
            time.sleep(POLL_S)
            for child in children:
                child.poll()
        return _fail(f"The stand-in for AWS ended by itself:\n{stack.standin.log_tail() if stack.standin else ''}")
    except (SynthFailed, StandinFailed, DeployFailed) as exc:
        return _fail(str(exc))
    except Stop:
        return 0
    finally:
        _ignore_signals()  # what follows takes a moment and must not be cut short
        for child in children:
            child.terminate()
        stack.stop()


def _start_demo(url: str, email: str, password: str, state_dir: Path) -> subprocess.Popen[bytes]:
    env = os.environ | {
        "POSTRIDER_URL": url,
        "OWNER_EMAIL": email,
        "OWNER_PASSWORD": password,
        "DEMO_DONE_FILE": str(state_dir / "demo-done"),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.demo"], env=env, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True
    )


def _stop_on_signals() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Stop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _say(text: str) -> None:
    print(text, flush=True)


def _fail(text: str) -> int:
    print(text, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""Start the platform on this machine, print its URLs, serve until a signal, and stop all child processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

from infra.local.credentials import credentials_of
from infra.local.deploy import DeployFailed
from infra.local.front import PortTaken
from infra.local.signals import held_signals, ignore_signals
from infra.local.stack import LocalStack
from infra.local.standin import ROOT, StandinFailed
from infra.local.synth import SynthFailed

DEFAULT_EMAIL, DEFAULT_PASSWORD = "owner@example.com", "postrider-local"
POLL_S = 0.5


def run() -> int:
    """Run the platform. Return the exit code after a failure; a signal raises Stop after everything has been stopped."""
    started = time.monotonic()
    try:
        port = int(os.environ.get("PORT") or 8080)
    except ValueError:
        return _fail("PORT must be a number.")
    state_dir = ROOT / ".local" / "state" / str(port)
    try:
        stack = LocalStack(port, state_dir=state_dir, say=_say, host=os.environ.get("HOST") or "127.0.0.1")
    except PortTaken as exc:
        return _fail(str(exc))
    children: list[subprocess.Popen[bytes]] = []
    had_data = state_dir.exists()
    try:
        stack.start()
        email = os.environ.get("OWNER_EMAIL") or DEFAULT_EMAIL
        own_password = os.environ.get("OWNER_PASSWORD")
        password = own_password or DEFAULT_PASSWORD
        stack.create_owner(email, password)
        _say(f"owner {email}" + ("" if own_password else f", password {DEFAULT_PASSWORD}"))
        _say(f"API reference {stack.url}/reference")
        for line in credentials_of(stack.url, email, password, state_dir):
            _say(line)
        _say(f"local inbox {stack.url}/_local/ (no mail is delivered)")
        _say(f"ready {stack.url} (open it in a browser)")
        _say(f"started in {time.monotonic() - started:.1f} s; Ctrl-C ends it, the data stays in {_shown(state_dir)}")
        if os.environ.get("DEMO", "1") != "0":
            with held_signals():
                children.append(_start_demo(stack.url, email, password, state_dir))
        while stack.running():
            time.sleep(POLL_S)
            for child in children:
                child.poll()
        return _fail(f"The stand-in for AWS ended by itself:\n{stack.standin.log_tail() if stack.standin else ''}")
    except DeployFailed as exc:
        advice = (
            f"\nThe data in {_shown(state_dir)} may be of an earlier version: remove it to start anew."
            if had_data
            else ""
        )
        return _fail(f"{exc}{advice}")
    except (SynthFailed, StandinFailed) as exc:
        return _fail(str(exc))
    finally:
        ignore_signals()  # what follows takes a moment and must not be cut short
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


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _say(text: str) -> None:
    print(text, flush=True)


def _fail(text: str) -> int:
    print(text, file=sys.stderr, flush=True)
    return 1

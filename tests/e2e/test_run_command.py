"""`make run` as a process: it says when it is ready, ends cleanly, and keeps its data."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.local.standin import ROOT, free_port

END_S = 40


class Run:
    def __init__(self, port: int, **env: str) -> None:
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=ROOT,
            env=os.environ | {"PORT": str(port), "DEMO": "0", **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output: list[str] = []
        self._ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def await_line(self, start: str, timeout_s: float = 120) -> str:
        """The first line of output that starts so."""
        self._ready.wait(timeout_s)
        found = [line for line in self.output if line.startswith(start)]
        assert found, "\n".join(self.output)
        return found[0]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(END_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n"))
            if line.startswith("ready "):
                self._ready.set()
        self._ready.set()


@contextmanager
def run(port: int, **env: str) -> Iterator[Run]:
    started = Run(port, **env)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
            started.process.wait()


@pytest.fixture
def port() -> Iterator[int]:
    found = free_port()
    yield found
    shutil.rmtree(ROOT / ".local" / "state" / str(found), ignore_errors=True)


def descendants(pid: int) -> list[str]:
    """Command lines of all processes below one, at this moment."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(status.parent.name)] = int(fields[1])
    found, below = [], {pid}
    while below := {child for child, parent in parents.items() if parent in below}:
        found += [str(child) for child in below]
    return found


def alive(pids: list[str]) -> list[str]:
    """Those that still run; one that has ended but is not yet collected does not."""
    states = {pid: Path(f"/proc/{pid}/stat") for pid in pids}
    return [
        pid for pid, stat in states.items() if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    ]


@pytest.mark.parametrize(("number", "password"), [(signal.SIGINT, "a long enough password"), (signal.SIGTERM, "")])
def test_it_is_ready_and_a_signal_ends_it_with_all_its_children(port, number, password):
    with run(port, OWNER_EMAIL="me@example.com", OWNER_PASSWORD=password) as started:
        assert started.await_line("ready") == f"ready http://127.0.0.1:{port}"
        shown = started.await_line("owner me@example.com").partition(", password ")[2]
        assert bool(shown) == (not password), "a password is shown when nobody chose it"
        form = {"username": "me@example.com", "password": password or shown}
        assert httpx.post(f"http://127.0.0.1:{port}/token", data=form, timeout=30).status_code == 200
        children = descendants(started.process.pid)
        assert children
        assert started.end(number) == 0
        assert alive(children) == []


def test_a_signal_while_it_starts_ends_it_as_well(port):
    with run(port) as started:
        while not descendants(started.process.pid):
            assert started.process.poll() is None, "\n".join(started.output)
        children = descendants(started.process.pid)
        assert started.end(signal.SIGINT) == 0
        assert alive(children) == []


def test_accounts_are_there_after_a_restart(port):
    settings = {"OWNER_EMAIL": "me@example.com", "OWNER_PASSWORD": "a long enough password"}
    base = f"http://127.0.0.1:{port}"
    with run(port, **settings) as first:
        first.await_line("ready")
        token = httpx.post(f"{base}/token", data={"username": "me@example.com", "password": settings["OWNER_PASSWORD"]})
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        user = httpx.get(f"{base}/users/self", headers=headers, timeout=30).json()["data"]["id"]
        first.end(signal.SIGTERM)
    with run(port, **settings) as second:
        second.await_line("ready")
        assert httpx.get(f"{base}/users/self", headers=headers, timeout=30).json()["data"]["id"] == user
        second.end(signal.SIGTERM)


def test_a_taken_port_ends_it_with_a_hint(port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with run(port) as started:
            assert started.process.wait(END_S) == 1
            assert started.await_line(f"Port {port} is taken. Choose another one: PORT=")

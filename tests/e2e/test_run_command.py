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
from dataclasses import dataclass
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


@contextmanager
def own_port() -> Iterator[int]:
    found = free_port()
    yield found
    shutil.rmtree(ROOT / ".local" / "state" / str(found), ignore_errors=True)


@pytest.fixture
def port() -> Iterator[int]:
    with own_port() as found:
        yield found


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


@dataclass(frozen=True)
class Life:
    """Output and users of a run, and its remaining processes after a signal.

    `dialect_status` is the answer to a call of a dialect with the credential that the run showed.
    """

    port: int
    dialect_status: int
    ready: str
    shown_password: str
    users: list[str]
    children: list[str]
    status: int
    survivors: list[str]


@pytest.fixture(scope="module")
def lives() -> Iterator[dict[signal.Signals, Life]]:
    """Two runs with the same data, one after the other, by what ended them: a start takes seconds of both cores.

    The first owner has no chosen password, the one that joins in the second run has.
    """
    tokens: list[str] = []
    with own_port() as port:
        yield {
            signal.SIGINT: live(port, signal.SIGINT, "me@example.com", "", tokens),
            signal.SIGTERM: live(port, signal.SIGTERM, "you@example.com", "a long enough password", tokens),
        }


def live(port: int, number: signal.Signals, email: str, password: str, tokens: list[str]) -> Life:
    """Logs the owner in, whose token joins those of earlier runs, and asks whose they all are."""
    with (
        run(port, OWNER_EMAIL=email, OWNER_PASSWORD=password) as started,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as api,
    ):
        ready = started.await_line("ready")
        shown = started.await_line(f"owner {email}").partition(", password ")[2]
        answer = api.post("/token", data={"username": email, "password": password or shown})
        assert answer.status_code == 200, answer.text
        tokens.append(answer.json()["access_token"])
        answers = [api.get("/users/self", headers={"Authorization": f"Bearer {token}"}) for token in tokens]
        users = [answer.json()["data"]["id"] for answer in answers]
        words = started.await_line("kasplo API ").split()
        base_url, header, key = words[2], words[3].strip("(:"), words[4].rstrip(")")
        dialect_status = api.get(f"{base_url}/list", headers={header: key}).status_code
        children = descendants(started.process.pid)
        return Life(port, dialect_status, ready, shown, users, children, started.end(number), alive(children))


def test_it_shows_a_credential_of_each_dialect(lives):
    assert [life.dialect_status for life in lives.values()] == [200, 200]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_ready_and_a_signal_ends_it_with_all_its_children(lives, number):
    life = lives[number]
    assert life.ready == f"ready http://127.0.0.1:{life.port} (open it in a browser)"
    assert life.children
    assert (life.status, life.survivors) == (0, [])


def test_a_password_is_shown_when_nobody_chose_it(lives):
    """The owner has logged in with it, or with the chosen one."""
    assert lives[signal.SIGINT].shown_password
    assert not lives[signal.SIGTERM].shown_password


def test_a_signal_while_it_starts_ends_it_as_well(port):
    with run(port) as started:
        while not descendants(started.process.pid):
            assert started.process.poll() is None, "\n".join(started.output)
        children = descendants(started.process.pid)
        assert started.end(signal.SIGINT) == 0
        assert alive(children) == []


def test_accounts_are_there_after_a_restart(lives):
    (before,), (after, joined) = lives[signal.SIGINT].users, lives[signal.SIGTERM].users
    assert before == after != joined


def test_a_taken_port_ends_it_with_a_hint(port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with run(port) as started:
            assert started.process.wait(END_S) == 1
            assert started.await_line(f"Port {port} is taken. Choose another one: PORT=")

"""The local stack saves its state now and then, whole and without holding up calls."""

import json
import os
import threading
import time

import pytest

from infra.local import standin, state_saving
from infra.local.standin import Standin
from infra.local.state_saving import StateSaver


class Store:
    """A state, and the file that it is written to as the stand-in does."""

    def __init__(self, folder):
        self.path, self.state, self.takes_s = folder / "state.json", {}, 0

    def save(self):
        time.sleep(self.takes_s)
        partial = self.path.with_suffix(".tmp")
        partial.write_text(json.dumps(self.state))
        partial.rename(self.path)

    def saved(self):
        return json.loads(self.path.read_text())


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_changes_during_a_save_belong_to_the_next_save(store):
    """Changes while the copy writes belong to the next time, and are not held up."""
    store.state, store.takes_s = {"rows": 1, "messages": 1}, 0.5
    saving = threading.Thread(target=StateSaver(store.save).save_in_copy)
    saving.start()
    time.sleep(0.2)
    store.state |= {"rows": 2, "messages": 2}
    assert not store.path.exists()
    saving.join()
    assert store.saved() == {"rows": 1, "messages": 1}


def test_the_state_is_saved_repeatedly(store, monkeypatch):
    monkeypatch.setattr(state_saving, "SAVE_EVERY_S", 0.05)
    monkeypatch.setattr(state_saving, "POLL_S", 0.01)
    saver = StateSaver(store.save)
    saver.start()
    for number in range(3):
        store.state["number"] = number
        deadline = time.monotonic() + 10
        while not store.path.exists() or store.saved() != {"number": number}:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    saver.save_at_end()


def test_the_state_at_the_end_is_kept_while_a_copy_is_still_written(store):
    store.takes_s = 1
    saver = StateSaver(store.save)
    saving = threading.Thread(target=saver.save_in_copy)
    saving.start()
    time.sleep(0.3)
    store.state, store.takes_s = {"last": True}, 0
    saver.save_at_end()
    saving.join()
    time.sleep(1)
    assert store.saved() == {"last": True}
    assert not saver.save_in_copy(), "nothing is written after the end"


def test_a_copy_that_hangs_is_given_up(store, monkeypatch):
    monkeypatch.setattr(state_saving, "LONGEST_SAVE_S", 0.1)
    monkeypatch.setattr(state_saving, "POLL_S", 0.05)
    store.takes_s = 60
    copies, fork = [], os.fork

    def watched_fork():
        copies.append(fork())
        return copies[-1]

    monkeypatch.setattr(os, "fork", watched_fork)
    assert not StateSaver(store.save).save_in_copy()
    with pytest.raises(ChildProcessError):
        os.waitpid(copies[0], os.WNOHANG)


class Process:
    """A process that takes its time to write."""

    pid = 0

    def __init__(self, seconds):
        self._ends_at = time.monotonic() + seconds

    def poll(self):
        return None

    def terminate(self):
        pass

    def wait(self, timeout):
        left = self._ends_at - time.monotonic()
        time.sleep(max(0, min(left, timeout)))
        if left > timeout:
            raise standin.subprocess.TimeoutExpired("stand-in", timeout)
        return 0


def test_a_stop_waits_as_long_as_the_state_is_written_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(standin, "SAY_AFTER_S", 0.05)
    monkeypatch.setattr(standin, "STOP_TIMEOUT_S", 0.1)
    monkeypatch.setattr(os, "killpg", lambda *_: pytest.fail("it was killed while it wrote"))
    said = []
    stand_in = Standin(state_dir=tmp_path, say=said.append)
    stand_in._process = Process(seconds=0.5)
    stand_in.stop()
    assert [text.partition(";")[0] for text in said] == ["writing the data"]

"""The local stack saves its state now and then, whole and without holding up calls."""

import json
import os
import queue
import threading
import time

import pytest

from infra.local import standin, state_saving
from infra.local.standin import Standin
from infra.local.state_saving import StateSaver


class Store:
    """A state, and the file that it is written to as the stand-in does. A copy does not write while it is held."""

    def __init__(self, folder):
        self.path, self.state, self._process_id = folder / "state.json", {}, os.getpid()
        self.held = folder / "held"

    def save(self):
        while os.getpid() != self._process_id and self.held.exists():
            time.sleep(0.01)
        partial = self.path.with_suffix(".tmp")
        partial.write_text(json.dumps(self.state))
        partial.rename(self.path)

    def saved(self):
        return json.loads(self.path.read_text())


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def copies(monkeypatch):
    """Process ids of the copies that were made."""
    copies, fork = queue.Queue(), os.fork

    def watched_fork():
        copy_id = fork()
        if copy_id:  # in the original: in a copy, the lock of the queue may never be free
            copies.put(copy_id)
        return copy_id

    monkeypatch.setattr(os, "fork", watched_fork)
    return copies


def has_ended(process_id):
    try:
        os.waitpid(process_id, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def test_changes_during_a_save_belong_to_the_next_save(store, copies):
    """Changes while the copy writes belong to the next time, and are not held up."""
    store.state = {"rows": 1, "messages": 1}
    store.held.touch()
    saving = threading.Thread(target=StateSaver(store.save).save_in_copy)
    saving.start()
    copies.get()
    store.state |= {"rows": 2, "messages": 2}
    assert not store.path.exists()
    store.held.unlink()
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


def test_the_state_at_the_end_is_kept_while_a_copy_is_still_written(store, copies):
    store.held.touch()
    saver = StateSaver(store.save)
    saving = threading.Thread(target=saver.save_in_copy)
    saving.start()
    copy_id = copies.get()
    store.state = {"last": True}
    saver.save_at_end()
    saving.join()
    assert has_ended(copy_id)
    assert store.saved() == {"last": True}
    assert not saver.save_in_copy(), "nothing is written after the end"


def test_a_copy_that_hangs_is_given_up(store, copies, monkeypatch):
    monkeypatch.setattr(state_saving, "LONGEST_SAVE_S", 0.1)
    monkeypatch.setattr(state_saving, "POLL_S", 0.05)
    store.held.touch()
    assert not StateSaver(store.save).save_in_copy()
    assert has_ended(copies.get())
    assert not store.path.exists()


class Process:
    """A process that takes its time to write."""

    pid = 0

    def __init__(self, seconds):
        self._left_s = seconds

    def poll(self):
        return None

    def terminate(self):
        pass

    def wait(self, timeout):
        self._left_s -= timeout
        if self._left_s > 0:
            raise standin.subprocess.TimeoutExpired("stand-in", timeout)
        return 0


def test_a_stop_waits_as_long_as_the_state_is_written_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "killpg", lambda *_: pytest.fail("it was killed while it wrote"))
    said = []
    stand_in = Standin(state_dir=tmp_path, say=said.append)
    stand_in._process = Process(seconds=10 * standin.STOP_TIMEOUT_S)
    stand_in.stop()
    assert [text.partition(";")[0] for text in said] == ["writing the data"]

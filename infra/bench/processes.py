"""Measure the memory of a tree of processes, as Linux counts it."""

import threading
import time
from pathlib import Path

PROC = Path("/proc")
SAMPLE_S = 3


def tree(root_id: int) -> list[int]:
    """Return the ids of a process and of all its descendants."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text()
            except OSError:  # it has ended
                continue
            parent_id = int(stat.rpartition(")")[2].split()[1])
            children.setdefault(parent_id, []).append(int(folder.name))
    process_ids = [root_id]
    for process_id in process_ids:
        process_ids += children.get(process_id, [])
    return process_ids


def memory_mb(root_id: int, *excluded: int) -> float:
    """Return the memory of the tree; pages that processes share count once (the proportional set size)."""
    left_out = {process_id for root in excluded for process_id in tree(root)}
    return sum(process_mb(process_id) for process_id in tree(root_id) if process_id not in left_out)


def process_mb(process_id: int) -> float:
    """Return the memory of one process, with its share of the pages that others use as well; 0 when it has ended."""
    try:
        lines = (PROC / str(process_id) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


class MemorySampler:
    """A context manager that keeps the largest memory of a tree of processes, and the largest number of them."""

    def __init__(self, root_id: int, *excluded: int) -> None:
        self._root_id, self._excluded = root_id, excluded
        self.most_mb, self.most_processes = 0.0, 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "MemorySampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            self.most_mb = max(self.most_mb, memory_mb(self._root_id, *self._excluded))
            self.most_processes = max(self.most_processes, len(tree(self._root_id)))


def wait_for_processes(root_id: int, number: int, timeout_s: float) -> int:
    """Wait until the tree has at most this number of processes, and return how many it has then."""
    deadline = time.monotonic() + timeout_s
    while len(tree(root_id)) > number and time.monotonic() < deadline:
        time.sleep(1)
    return len(tree(root_id))

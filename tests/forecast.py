"""`make test-forecast`: run the tests, and reckon how long they will take once all operations are built.

The CPU time of the run is shared out by the times of its tests. Tests in FIXED are of mechanisms and of the deployment,
whose number does not grow with that of operations; all others are taken to grow with it. Arguments go to pytest.
"""

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from infra.openapi import DIALECTS

TO_COME = 120
"""Operations of the two dialects that are not built yet."""
CORES = 2
FIXED = (
    *("tests.e2e", "tests.infra", "tests.functional.delivery"),
    *("tests.functional.test_budgets", "tests.functional.test_conflicts"),
)


@dataclass(frozen=True)
class Run:
    status: int
    """Exit status of pytest: 0 if all tests have passed."""
    wall_s: float
    cpu_s: float
    """Processor time of all child processes that have ended."""
    times: dict[str, float]
    """Seconds of tests by their folder or module, as "tests.functional.lists"."""

    def cpu_of(self, name: str) -> float:
        return self.cpu_s * self.times[name] / sum(self.times.values())


def number_of_operations() -> int:
    """Return how many operations all APIs have now, by their documents."""
    documents = (json.loads(about.file.read_text(encoding="utf-8")) for about in DIALECTS.values())
    return sum(len(methods) for document in documents for methods in document["paths"].values())


def run_tests(arguments: list[str]) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.xml"
        start = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-n", str(CORES), f"--junitxml={record}", *arguments]
        status = subprocess.call(command)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Run(status, time.monotonic() - start, usage.ru_utime + usage.ru_stime, times_of(record))


def times_of(record: Path) -> dict[str, float]:
    """Return the seconds of the tests in a JUnit record by place; subtests have their test's place and no time."""
    times: Counter[str] = Counter()
    for case in ET.parse(record).iter("testcase"):
        parts = case.attrib["classname"].split(".")
        times[".".join(parts[:3])] += float(case.attrib["time"])
    return dict(times)


def forecast(run: Run) -> str:
    """Return a table of places, and the whole at the present number of operations and at all of them."""
    built = number_of_operations()
    total = built + TO_COME
    growth = total / built
    lines = [f"{'tests':34}{'CPU s':>8}{'an operation':>14}{f'at {total}':>8}"]
    later_s = 0.0
    for place in sorted(run.times, key=run.cpu_of, reverse=True):
        now_s, is_fixed = run.cpu_of(place), place.startswith(FIXED)
        then_s = now_s if is_fixed else now_s * growth
        later_s += then_s
        each = "fixed" if is_fixed else f"{now_s / built:.3f}"
        lines.append(f"{re.sub(r'^tests.', '', place):34}{now_s:8.1f}{each:>14}{then_s:8.1f}")
    lines += [
        f"{built} operations: {run.cpu_s:.0f} s of CPU, {_minutes(run.wall_s)}",
        f"{total} operations: {later_s:.0f} s of CPU, {_minutes(run.wall_s * later_s / run.cpu_s)}",
    ]
    return "\n".join(lines)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} minutes on {CORES} cores"


if __name__ == "__main__":
    run = run_tests(sys.argv[1:])
    sys.stdout.write(forecast(run) + "\n")
    sys.exit(run.status)

"""The processes of functions in the local stack: the stand-in's own code, with small functions."""

import json
import subprocess
from pathlib import Path

import pytest

from infra.local.standin import INTERPRETER

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests" / "testing" / "function_processes.py"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("processes"))
    process = subprocess.run(
        [str(INTERPRETER), "-c", f"import runpy; runpy.run_path({str(PROGRAM)!r}, run_name='__main__')"],
        env={"PYTHONPATH": str(ROOT / "infra" / "local"), "TMPDIR": folder, "HOME": folder, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


def test_a_process_that_starts_is_not_ended_for_being_slow(results):
    assert "error" not in results["slow start"]
    assert results["slow call"]["body"] == "done"
    assert set(results["timeouts"]) == {1}, "later calls have the timeout of the function"


def test_a_process_killed_during_its_start_is_started_again(results):
    assert isinstance(results["killed at start"]["body"], int)
    assert "error" in results["fails at start"], "one that fails by itself is not"


def test_a_bounded_number_of_processes_is_kept_warm(results):
    assert results["kept"] == ["b", "c", "d"], "those used most recently"
    assert results["warm"]


def test_few_processes_start_at_once(results):
    assert results["starting"] == 1


def test_idle_processes_end_even_the_last_of_a_function(results):
    assert results["left"] == 0


def test_every_queue_gets_its_share(results):
    assert results["batches"] == [2, 2, 1, 0]
    assert results["turns"] == ["abc", "bca", "cab"]

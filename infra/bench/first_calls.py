"""Measure the first calls of a fresh process: their CPU time, and the SDK clients that they make.

`python -m infra.bench.first_calls` is such a process: it reads the events of the calls from its input, as JSON.
"""

import importlib
import json
import statistics
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

FRESH_PROCESSES = 5
MODULE = "functions.api.audience.handler"
START = "import of the handler"
CONTEXT = SimpleNamespace(function_name="bench", aws_request_id="bench", get_remaining_time_in_millis=lambda: 30_000)


def measure(calls: dict[str, list[dict[str, Any]]], environment: dict[str, str]) -> dict[str, tuple[float, int]]:
    """Return the median CPU milliseconds of each call in a process of its own, and the clients made by then.

    `calls` holds an event for each process, by the name of the call.
    """
    took: dict[str, list[float]] = {}
    clients: dict[str, int] = {}
    for process in range(FRESH_PROCESSES):
        events = {name: events[process] for name, events in calls.items()}
        for name, milliseconds, made in _in_fresh_process(events, environment):
            took.setdefault(name, []).append(milliseconds)
            clients[name] = made
    return {name: (statistics.median(times), clients[name]) for name, times in took.items()}


def _in_fresh_process(events: dict[str, Any], environment: dict[str, str]) -> list[tuple[str, float, int]]:
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=json.dumps(events),
        env=environment | {"AWS_LAMBDA_FUNCTION_NAME": "bench"},  # in a deployment, clients are made at import
        capture_output=True,
        text=True,
        check=True,
    )
    return [tuple(row) for row in json.loads(done.stdout.splitlines()[-1])]


def main() -> None:
    events = json.load(sys.stdin)
    began = time.process_time()
    handler = importlib.import_module(MODULE).lambda_handler
    rows = [(START, _since(began), _clients())]
    for name, event in events.items():
        began = time.process_time()
        answer = handler(event, CONTEXT)
        rows.append((name, _since(began), _clients()))
        assert answer["statusCode"] < 300, answer
    print()
    print(json.dumps(rows))


def _since(began: float) -> float:
    return (time.process_time() - began) * 1000


def _clients() -> int:
    """Return the number of SDK clients of this process."""
    import gc

    from botocore.client import BaseClient

    return sum(isinstance(thing, BaseClient) for thing in gc.get_objects())


if __name__ == "__main__":
    main()

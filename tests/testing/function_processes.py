"""Use the bounded processes of functions in the stand-in's own environment, and print what happens as JSON.

A program for `tests/unit/test_function_processes.py`: it is run by the interpreter of the stand-in.
"""

import io
import json
import os
import sys
import tempfile
import threading
import zipfile

import function_processes as bounds  # infra/local is on the path
from ministack.core import lambda_runtime as runtime
from ministack.services import lambda_svc as service

bounds.MOST_PROCESSES = 3
bounds.STARTING_AT_ONCE = 1
bounds.BATCHES_AT_ONCE, bounds.BATCHES_OF_ONE_QUEUE = 3, 2
bounds.FIRST_CALL_EXTRA_S = 5

HANDLER = "import os\ndef handler(event, context):\n    return os.getpid()\n"
SLOW_START = f"import time\ntime.sleep(2)\n{HANDLER}"
KILLED_AT_START = f"""
import os, pathlib
mark = pathlib.Path({tempfile.gettempdir()!r}) / "killed"
if not mark.exists():
    mark.touch()
    os.kill(os.getpid(), 9)
{HANDLER}"""
SLOW_FIRST_CALL = """
import time
calls = []
def handler(event, context):
    calls.append(1)
    time.sleep(2 if len(calls) == 1 else 0)
    return "done"
"""


def function(name, code=HANDLER):
    """Return a function as the stand-in stores it, with a timeout of a second."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code.py", code)
    config = {
        "FunctionName": name,
        "FunctionArn": f"arn:aws:lambda:eu-central-1:111122223333:function:{name}",
        "Runtime": "python3.11",
        "Handler": "code.handler",
        "Timeout": 1,
    }
    return {"config": config, "code_zip": packed.getvalue()}


def call(record):
    return service._execute_function_warm(record, {}, "request")


def alive():
    with runtime._lock:
        return [worker for pool in runtime._workers.values() for worker in pool]


def most_starting_at_once(record, calls=4):
    """Return the largest number of processes that were starting at the same time during a burst of calls."""
    numbers, lock, starting = [0], threading.Lock(), 0
    spawn = runtime.Worker._spawn

    def counted(worker):
        nonlocal starting
        with lock:
            starting += 1
            numbers.append(starting)
        try:
            spawn(worker)
        finally:
            with lock:
                starting -= 1

    runtime.Worker._spawn = counted
    threads = [threading.Thread(target=call, args=(record,)) for _ in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runtime.Worker._spawn = spawn
    return max(numbers)


def main():
    processes = bounds.FunctionProcesses(runtime, service)
    processes.install()
    results = {
        "slow start": call(function("slow-start", SLOW_START)),
        "killed at start": call(function("killed", KILLED_AT_START)),
        "slow call": call(function("slow", SLOW_FIRST_CALL)),
    }
    results["timeouts"] = [worker.config["Timeout"] for worker in alive()]
    process_ids = {name: call(function(name))["body"] for name in "abcd"}
    results["kept"] = sorted(worker.func_name for worker in alive())
    results["warm"] = call(function("d"))["body"] == process_ids["d"]
    results["starting"] = most_starting_at_once(function("burst"))
    processes.end_idle(ttl=0)
    results["left"] = len(alive())

    def allowed(queue):
        return processes._batches_allowed({"UUID": queue}, {}, {})

    results["batches"] = [allowed("long")]
    service._esm_inflight["long"] = 2
    results["batches"] += [allowed("long"), allowed("short")]
    service._esm_inflight["short"] = 1
    results["batches"] += [allowed("third")]
    processes._mappings = lambda: iter("abc")
    results["turns"] = ["".join(processes._mappings_in_turn()) for _ in range(3)]
    results["fails at start"] = call(function("fails", "raise ValueError(5)"))
    sys.stdout.write(json.dumps(results) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

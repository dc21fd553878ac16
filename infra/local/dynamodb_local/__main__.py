"""`make test-dynamodb-local`: the storage tests on DynamoDB Local, where Java and Maven Central are at hand.

The other services stay those of the stand-in; only DynamoDB is AWS's own engine
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html). Arguments go to pytest.
"""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from infra.local.standin import ROOT, free_port

JARS = ROOT / ".local" / "dynamodb-local"
POM = Path(__file__).with_name("pom.xml")
MAIN = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
START_TIMEOUT_S = 30
STORAGE_TESTS = ("tests/functional", "--ignore=tests/functional/test_budgets.py")
"""Budgets are reckoned from what the stand-in reports; this engine counts every unit of a transaction twice over."""


def main(arguments: list[str]) -> int:
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if missing:
        print(f"skipped: {' and '.join(missing)} not found; the tests need Java 17 and Maven")
        return 0
    if not JARS.exists() and not _fetch():
        print("skipped: DynamoDB Local could not be fetched from Maven Central")
        return 0
    port = free_port()
    server = subprocess.Popen(
        ["java", f"-Djava.library.path={JARS}", "-cp", f"{JARS}/*", MAIN, "-inMemory", "-port", str(port)],
        cwd=JARS,  # it leaves a file about itself where it runs
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url)
        command = [sys.executable, "-m", "pytest", *(arguments or STORAGE_TESTS)]
        return subprocess.call(command, env=os.environ | {"AWS_ENDPOINT_URL_DYNAMODB": url}, cwd=ROOT)
    finally:
        server.terminate()
        server.wait()


def _fetch() -> bool:
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
    done = subprocess.run(command, check=False)
    if done.returncode:
        shutil.rmtree(JARS, ignore_errors=True)
    return done.returncode == 0


def _await(url: str) -> None:
    """It answers 400 to a call that is none, once it listens."""
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=1)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("DynamoDB Local did not start.")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

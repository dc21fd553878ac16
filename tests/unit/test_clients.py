"""The clients of the AWS SDK: one session, the same settings for all, made in one place."""

import ast
import socket
import threading
import time
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from infra.functions import FUNCTIONS
from postrider.aws import clients

SHARED = Path(__file__).parents[2] / "layers" / "shared" / "python" / "postrider"
MAKERS = {"boto3", "botocore.session"}


@pytest.fixture
def region(monkeypatch):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111122223333")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


def test_a_call_that_gets_no_answer_ends_before_the_shortest_function():
    assert min(row.timeout_s for row in FUNCTIONS) > clients.LONGEST_CALL_S


def test_all_clients_have_the_same_limits_of_time(region):
    config = clients.new_client("s3", Config(signature_version="s3v4")).meta.config
    assert (config.connect_timeout, config.read_timeout, config.tcp_keepalive) == (2, 5, True)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.signature_version == "s3v4"


def test_a_service_that_does_not_answer_is_given_up(region, monkeypatch):
    """With a hundredth of the times of a call, and the SDK's own pauses."""
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{port}")
    quick = Config(connect_timeout=clients.CONNECT_TIMEOUT_S / 100, read_timeout=clients.READ_TIMEOUT_S / 100)
    began = time.monotonic()
    with silent, pytest.raises(ReadTimeoutError):
        clients.new_client("sqs", quick).list_queues()
    assert time.monotonic() - began < clients.LONGEST_PAUSES_S + clients.LONGEST_CALL_S / 10


def test_all_threads_share_a_client(region, monkeypatch):
    monkeypatch.setattr(clients, "_kept_client", clients.cache(clients.new_client))
    made = []
    threads = [threading.Thread(target=lambda: made.append(clients.client("sqs"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(map(id, made))) == 1


def test_only_one_module_makes_clients():
    def imported(path):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    makers = {path.relative_to(SHARED).as_posix() for path in SHARED.rglob("*.py") if MAKERS & set(imported(path))}
    assert makers == {"aws/clients.py", "aws/retries.py"}

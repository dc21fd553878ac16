"""Share one SDK session, and one client per service, within a process: creating them takes longer than most calls.

An adapter that needs other settings creates a client with `new_client` and keeps it.
"""

import os
import threading
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

from postrider.aws.retries import repeat_conflicts

CONNECT_TIMEOUT_S, READ_TIMEOUT_S, ATTEMPTS = 2, 5, 3
LONGEST_PAUSES_S = 1 + 2
"""The total of the longest pauses of the SDK between three attempts:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""
LONGEST_CALL_S = ATTEMPTS * (CONNECT_TIMEOUT_S + READ_TIMEOUT_S) + LONGEST_PAUSES_S
"""The longest duration of a call: shorter than the timeout of every function, so that a silent service is reported."""
CONNECTIONS = 16
"""Number of connections: the number of threads of a sender."""

CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_S,
    read_timeout=READ_TIMEOUT_S,
    tcp_keepalive=True,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    max_pool_connections=CONNECTIONS,
    parameter_validation=False,  # it takes a quarter of the CPU of a batched write
)

_making = threading.RLock()
"""A lock for the creation of a client, which is not thread-safe."""


@cache
def _session() -> Session:
    session = get_session()
    repeat_conflicts(session)
    return session


@cache
def _kept_client(service: str) -> Any:
    return new_client(service)


def client(service: str) -> Any:
    """Return the client of this process for a service ("dynamodb")."""
    with _making:
        return _kept_client(service)


def new_client(service: str, config: Config | None = None) -> Any:
    """Return a new client. `config` overrides the settings of all clients."""
    with _making:
        return _session().create_client(service, config=CONFIG.merge(config) if config else CONFIG)


def make_clients(*services: str) -> None:
    """Create clients while a function starts, because Lambda then gives it more CPU than during a call."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        for service in services:
            client(service)

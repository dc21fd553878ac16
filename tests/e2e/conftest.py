"""The deployed platform: the local stack with the synthesised template, or any deployment by POSTRIDER_URL."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.local.stack import LocalStack

OWNER_EMAIL, OWNER_PASSWORD = "owner@example.com", "correct horse battery staple"


@dataclass(frozen=True)
class Deployment:
    url: str
    email: str
    password: str


@pytest.fixture(scope="session")
def local_stack() -> Iterator[LocalStack]:
    stack = LocalStack(0, state_dir=None, say=print)
    try:
        stack.start()
        stack.create_owner(OWNER_EMAIL, OWNER_PASSWORD)
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """Where to call: POSTRIDER_URL with OWNER_EMAIL and OWNER_PASSWORD, else the local stack."""
    if url := os.environ.get("POSTRIDER_URL"):
        return Deployment(url.rstrip("/"), os.environ["OWNER_EMAIL"], os.environ["OWNER_PASSWORD"])
    return Deployment(request.getfixturevalue("local_stack").url, OWNER_EMAIL, OWNER_PASSWORD)

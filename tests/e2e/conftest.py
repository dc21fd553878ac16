"""The deployed platform: the local stack with the synthesised template, or any deployment by POSTRIDER_URL."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
    """Return the deployment under test: POSTRIDER_URL with OWNER_EMAIL and OWNER_PASSWORD, or else the local stack."""
    if url := os.environ.get("POSTRIDER_URL"):
        return Deployment(url.rstrip("/"), os.environ["OWNER_EMAIL"], os.environ["OWNER_PASSWORD"])
    return Deployment(request.getfixturevalue("local_stack").url, OWNER_EMAIL, OWNER_PASSWORD)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser that runs no scripts."""
    from tests.testing.browser import browsing

    with browsing(scripts=False) as found:
        yield found


@pytest.fixture(scope="module")
def base(platform: Any) -> Iterator[str]:
    """The public address of the platform in this process, which forms and mails name as well."""
    from postrider import bootstrap
    from tests.testing.serve import serving

    before = os.environ["PUBLIC_BASE_URL"]
    with serving() as url:
        os.environ["PUBLIC_BASE_URL"] = url
        bootstrap.reset()
        yield url
        os.environ["PUBLIC_BASE_URL"] = before
        bootstrap.reset()

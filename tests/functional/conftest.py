"""Fixtures of several nouns: a mailer that takes all mails at once, and a receiver of webhooks on loopback."""

from collections.abc import Iterator

import pytest

from postrider.adapters.memory import MemoryMailer
from postrider.adapters.web_calls import HttpWebCaller
from tests.conftest import Platform
from tests.testing.factories.activity import close_open_runs
from tests.testing.overrides import overridden
from tests.testing.receivers import Receiver, receiver


@pytest.fixture
def mailer(platform: Platform) -> Iterator[MemoryMailer]:
    """A mailer of this test alone: what other tests have left to send is not sent."""
    platform.aws.purge()
    close_open_runs()
    mailer = MemoryMailer(platform.clock, rate=1000)
    with overridden(mailer=mailer):
        yield mailer


@pytest.fixture(scope="module")
def local(platform: Platform) -> Iterator[Platform]:
    """The platform as on the local stage, which may call loopback."""
    with overridden(web_caller=HttpWebCaller(is_loopback_allowed=True)):
        yield platform


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as hook:
        yield hook

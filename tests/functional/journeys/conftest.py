"""A mailer that takes all mails at once, an account and a list, for tests of journeys through the real services."""

from collections.abc import Iterator

import pytest

from postrider.adapters.memory import MemoryMailer
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.activity import close_open_runs
from tests.testing.factories.lists import make_list
from tests.testing.overrides import overridden


@pytest.fixture
def mailer(platform: Platform) -> Iterator[MemoryMailer]:
    platform.aws.purge()
    close_open_runs()
    platform.runner.open.clear()
    given = MemoryMailer(platform.clock, rate=1000)
    with overridden(mailer=given):
        yield given


@pytest.fixture(scope="module")
def owner(platform: Platform) -> Owner:
    return make_owner()


@pytest.fixture
def list_id(owner: Owner) -> int:
    return make_list(owner)

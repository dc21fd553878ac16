"""No open executions, an account and a list, for tests of journeys through the real services."""

import pytest

from postrider.adapters.memory import MemoryMailer
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.lists import make_list


@pytest.fixture
def mailer(platform: Platform, mailer: MemoryMailer) -> MemoryMailer:
    platform.runner.open.clear()
    return mailer


@pytest.fixture(scope="module")
def owner(platform: Platform) -> Owner:
    return make_owner()


@pytest.fixture
def list_id(owner: Owner) -> int:
    return make_list(owner)

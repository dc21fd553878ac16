"""An account that may call a receiver on loopback, and a list of it."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list


@pytest.fixture
def owner(local):
    return make_owner()


@pytest.fixture
def list_id(owner):
    return make_list(owner)

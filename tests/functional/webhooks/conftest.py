"""A receiver on loopback, which a local deployment may call."""

import pytest

from postrider.adapters.web_calls import HttpWebCaller
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list
from tests.testing.overrides import overridden
from tests.testing.receivers import receiver


@pytest.fixture(scope="module")
def local(platform):
    """The platform as on the local stage; a call takes half a second at most."""
    with overridden(web_caller=HttpWebCaller(is_loopback_allowed=True, timeout_s=0.5)):
        yield platform


@pytest.fixture
def hook():
    with receiver() as kept:
        yield kept


@pytest.fixture
def owner(local):
    return make_owner()


@pytest.fixture
def list_id(owner):
    return make_list(owner)

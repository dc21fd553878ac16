"""The mail with the link, when the mailer cannot take it."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.ports.mailer import MailerRefused, MailerThrottled
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.forms import mails_to, make_form, sign_up
from tests.testing.overrides import overridden


class Unwilling:
    """A mailer that refuses the first mails with the errors given."""

    def __init__(self, mailer, *errors):
        self._mailer, self._errors = mailer, list(errors)

    def limits(self):
        return self._mailer.limits()

    def send(self, mail):
        if self._errors:
            raise self._errors.pop()
        return self._mailer.send(mail)


@pytest.fixture
def form(platform):
    platform.clock.move(timedelta(days=1))  # limits of earlier tests are over
    return make_form(make_owner())


@pytest.fixture
def unwilling(platform):
    with ExitStack() as overrides:
        yield lambda *errors: overrides.enter_context(overridden(mailer=Unwilling(bootstrap.mailer(), *errors)))


def test_a_busy_mailer_does_not_use_up_the_limit_of_the_address(form, platform, unwilling):
    email = f"busy@{form}.example.com"
    unwilling(*[MailerThrottled("too many")] * 4)
    sign_up(form, email)
    counts = [len(mails_to(platform, email)) for _ in range(5)]
    assert counts == [0, 0, 0, 0, 1]


def test_a_refused_mail_is_not_sent_again(form, platform, unwilling):
    email = f"refused@{form}.example.com"
    unwilling(MailerRefused("no", code="refused"))
    sign_up(form, email)
    assert [len(mails_to(platform, email)) for _ in range(2)] == [0, 0]
    assert platform.drain("mail-links").handled == 0
    sign_up(form, email)
    assert len(mails_to(platform, email)) == 1


def test_a_request_for_a_deleted_contact_mails_nobody(form, platform):
    owner_id = bootstrap.forms().get_public(form)[0].account_id
    list_id = bootstrap.forms().get_public(form)[1].id
    email = f"gone@{form}.example.com"
    sign_up(form, email)
    platform.drain("add-contacts")
    contact = bootstrap.contacts().find(owner_id, list_id, email)
    bootstrap.contacts().delete(owner_id, list_id, contact.id)
    assert mails_to(platform, email) == []
    sign_up(form, email)
    bootstrap.forms().delete(owner_id, form)
    assert mails_to(platform, email) == [], "a form that was deleted meanwhile takes nobody"

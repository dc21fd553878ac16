"""Confirmation requests when the account adds people: modes of create and import."""

import os
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.consent.confirmation_requests import ConfirmationRequests
from postrider.contacts.repository import ContactRepository
from postrider.senders.repository import SenderRepository
from postrider.system_mails.service import SystemMailService
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.forms import confirmation_path, mails_to
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api


@pytest.fixture
def owner(platform):
    platform.clock.move(timedelta(days=1))  # limits of earlier tests are over
    return make_owner()


@pytest.fixture
def list_id(owner):
    return make_list(owner, language="fr", redirections={"after_double_opt_in": "https://example.com/hello"})


def known(owner, list_id, status):
    """The address of a contact with this status, None for an address that the list lacks."""
    email = f"{status}.{list_id}@example.com"
    if status == "new":
        return email
    contact = bootstrap.contacts().upserts.create(owner.account_id, list_id, email=email)
    key = (owner.account_id, list_id, contact.id)
    if status == "unsubscribed":
        bootstrap.contacts().unsubscribe(*key)
    if status == "invalid":
        bootstrap.contacts().mark_bounced(*key, kind="hard", hard=True, event_id="b")
    return email


def status_of(owner, list_id, email):
    return bootstrap.contacts().find(owner.account_id, list_id, email).status


@pytest.mark.parametrize(
    ("mode", "before", "after", "mails"),
    [
        ("false", "new", "active", 0),
        ("false", "unsubscribed", "active", 0),
        ("true", "new", "pending", 1),
        ("true", "active", "pending", 1),
        ("true", "unsubscribed", "pending", 1),
        ("true", "invalid", "invalid", 0),
        ("new", "new", "pending", 1),
        ("new", "active", "active", 0),
        ("not_active", "new", "pending", 1),
        ("not_active", "active", "active", 0),
        ("not_active", "unsubscribed", "pending", 1),
    ],
)
def test_the_mode_decides_whether_a_new_contact_is_asked_to_confirm(
    owner, platform, list_id, mode, before, after, mails
):
    email = known(owner, list_id, before)
    answer = owner.api.post(f"/lists/{list_id}/contacts", json={"email": email}, query={"send_double_opt_in": mode})
    assert answer.status == 201
    found = mails_to(platform, email)
    assert (status_of(owner, list_id, email), len(found)) == (after, mails)
    if found:
        confirmed = Api().post(confirmation_path(found[0]))
        assert confirmed.headers["location"] == "https://example.com/hello", "without a form, the list says where to go"
        assert found[0]["subject"] == "Confirmez votre abonnement"
        assert status_of(owner, list_id, email) == "active"


@pytest.mark.parametrize(
    ("mode", "before", "after", "mails"),
    [
        ("false", "new", "active", 0),
        ("true", "new", "pending", 1),
        ("new", "new", "pending", 1),
        ("new", "active", "active", 0),
        ("not_active", "active", "active", 0),
        ("not_active", "unsubscribed", "unsubscribed", 0),
        ("true", "active", "pending", 1),
        ("true", "unsubscribed", "unsubscribed", 0),
    ],
)
def test_no_mode_of_an_import_resubscribes_contacts(owner, platform, list_id, mode, before, after, mails):
    email = known(owner, list_id, before)
    answer = owner.api.post(
        f"/lists/{list_id}/import-contacts",
        json={"contacts": [{"email": email}]},
        query={"send_double_opt_in": mode},
    )
    assert answer.status == 201, answer.text
    platform.drain("add-contacts")
    assert (status_of(owner, list_id, email), len(mails_to(platform, email))) == (after, mails)


def test_a_contact_that_confirmed_or_unsubscribed_before_gets_no_confirmation_mail(owner, platform, list_id):
    email = known(owner, list_id, "new")
    owner.api.post(f"/lists/{list_id}/contacts", json={"email": email}, query={"send_double_opt_in": "true"})
    contact = bootstrap.contacts().find(owner.account_id, list_id, email)
    bootstrap.contacts().unsubscribe(owner.account_id, list_id, contact.id)
    assert mails_to(platform, email) == []


@pytest.mark.parametrize("mode", ["new", "true", "not_active"])
def test_a_retry_sends_the_mail_that_an_interrupted_call_did_not_request(owner, platform, list_id, mode, monkeypatch):
    email = known(owner, list_id, "new")

    def add():
        query = {"send_double_opt_in": mode}
        return owner.api.post(f"/lists/{list_id}/contacts", json={"email": email}, query=query).status

    with monkeypatch.context() as dying:
        dying.setattr(ConfirmationRequests, "request", lambda *args: 1 / 0)
        assert add() == 500
    assert (status_of(owner, list_id, email), mails_to(platform, email)) == ("pending", [])
    assert (add(), len(mails_to(platform, email))) == (201, 1)
    if mode == "new":
        assert (add(), len(mails_to(platform, email))) == (201, 1), "the address is not new any longer"


def test_a_repeated_import_mails_each_confirmation_request_once(owner, platform, list_id, monkeypatch):
    """A call that uses one of its contacts runs an import too; each run requests the confirmations."""
    emails = [known(owner, list_id, status) for status in ("new", "active")]
    rows = {"contacts": [{"email": email} for email in emails]}
    owner.api.post(f"/lists/{list_id}/import-contacts", json=rows, query={"send_double_opt_in": "true"})
    with monkeypatch.context() as dying:
        dying.setattr(ContactRepository, "count_created", lambda *args, **kwargs: 1 / 0)
        assert len(platform.drain("add-contacts").failed) == 1
    assert platform.drain("add-contacts").failed == []
    with monkeypatch.context() as dying:
        dying.setattr(SystemMailService, "send", lambda *args, **kwargs: 1 / 0)
        assert len(platform.drain("mail-links").failed) == 2, "one of two requests to each contact is left to be mailed"
    assert [len(mails_to(platform, email)) for email in emails] == [1, 1]


def test_without_a_usable_sender_the_mail_comes_from_the_platform(owner, platform, list_id):
    email = known(owner, list_id, "new")
    sender_id = bootstrap.lists().get(owner.account_id, list_id).default_sender_id
    SenderRepository().change(owner.account_id, sender_id, confirmed=False)
    owner.api.post(f"/lists/{list_id}/contacts", json={"email": email}, query={"send_double_opt_in": "true"})
    assert mails_to(platform, email)[0]["from"] == os.environ["SYSTEM_SENDER_EMAIL"]


def test_a_link_of_a_deleted_contact_answers_like_other_links(owner, platform, list_id):
    email = known(owner, list_id, "new")
    owner.api.post(f"/lists/{list_id}/contacts", json={"email": email}, query={"send_double_opt_in": "true"})
    path = confirmation_path(mails_to(platform, email)[0])
    contact = bootstrap.contacts().find(owner.account_id, list_id, email)
    before = Api().get(path)
    owner.api.delete(f"/lists/{list_id}/contacts/{contact.id}")
    after = Api().get(path)
    assert (after.status, after.text) == (before.status, before.text)
    assert Api().post(path).status == 303
    owner.api.delete(f"/lists/{list_id}")
    assert Api().get(path).status == 404

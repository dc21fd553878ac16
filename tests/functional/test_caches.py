"""Data that a process may show late after a change by another process, and data that it must show at once."""

import importlib
import time

import pytest

from infra.bench.meter import Meter
from postrider import bootstrap
from postrider.contacts.model import Status
from postrider.kit.caching import MAX_AGE_S
from postrider.kit.errors import Forbidden, Invalid, NotFound
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.harness import CONTEXT, http_event

ATTRIBUTE = {"name": "colour", "type": "text"}


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    list_id = make_list(owner)
    assert owner.api.post(f"/lists/{list_id}/custom-attributes", json=ATTRIBUTE).status == 201
    return list_id


@pytest.fixture
def contact_id(owner, list_id):
    body = {"email": "ann@example.com", "custom_attributes": [{"name": "colour", "value": "red"}]}
    return owner.api.post(f"/lists/{list_id}/contacts", json=body).json["id"]


class Process:
    """A second process with its own caches."""

    def __init__(self, owner, list_id):
        self.key = (owner.account_id, list_id)
        bootstrap.reset()
        self.contacts, self.names = bootstrap.contacts(), bootstrap.contact_names()
        self.evaluator, self.lists = bootstrap.filter_evaluator(), bootstrap.lists()
        bootstrap.reset()

    def shown(self, contact_id):
        contact = self.contacts.get(*self.key, contact_id)
        return self.names.to_show(*self.key, [contact]).attributes_of(contact)


@pytest.fixture
def process(owner, list_id):
    return Process(owner, list_id)


@pytest.fixture
def seconds_later(monkeypatch):
    def move(seconds):
        moment = time.monotonic() + seconds
        monkeypatch.setattr(time, "monotonic", lambda: moment)

    return move


def test_a_second_call_reads_the_contact_alone(owner, list_id, contact_id):
    handler = importlib.import_module("functions.api.audience.handler").lambda_handler
    headers = {"Authorization": f"Bearer {owner.token}"}
    event = http_event("GET", f"/lists/{list_id}/contacts/{contact_id}", headers=headers)
    first = handler(event, CONTEXT)
    with Meter() as meter:
        second = handler(event, CONTEXT)
    assert first["body"] == second["body"]
    assert dict(meter.calls) == {"dynamodb GetItem contacts": 1}


def test_a_stored_value_is_shown_at_once_though_its_attribute_is_new(owner, list_id, contact_id, process):
    assert process.shown(contact_id) == {"colour": "red"}
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "size", "type": "text"})
    values = {"custom_attributes": [{"name": "size", "value": "XL"}]}
    assert owner.api.patch(f"/lists/{list_id}/contacts/{contact_id}", json=values).status == 200
    assert process.shown(contact_id) == {"colour": "red", "size": "XL"}


def test_a_deleted_attribute_goes_at_once_here_and_soon_elsewhere(owner, list_id, contact_id, process, seconds_later):
    assert process.shown(contact_id) == {"colour": "red"}
    path = f"/lists/{list_id}/contacts/{contact_id}"
    assert owner.api.get(path).json["data"]["custom_attributes"]
    assert owner.api.delete(f"/lists/{list_id}/custom-attributes/colour").status == 200
    assert owner.api.get(path).json["data"]["custom_attributes"] == []
    seconds_later(MAX_AGE_S + 1)
    assert process.shown(contact_id) == {}
    with Meter() as meter:
        process.shown(contact_id)
    assert meter.total_calls == 1, "the id of a deleted attribute makes nobody read again and again"


def test_filters_and_writes_know_of_a_deleted_attribute_at_once(owner, list_id, contact_id, process):
    assert process.shown(contact_id) == {"colour": "red"}
    assert owner.api.delete(f"/lists/{list_id}/custom-attributes/colour").status == 200
    with pytest.raises(Invalid):
        process.evaluator.parse(*process.key, {"query": '`colour` = "red"'})
    with pytest.raises(Invalid):
        process.contacts.upserts.patch(*process.key, contact_id, attributes={"colour": "blue"})


def test_a_deleted_list_takes_no_changes_and_is_soon_unknown(owner, list_id, contact_id, process, seconds_later):
    process.shown(contact_id)
    assert owner.api.delete(f"/lists/{list_id}").status == 200
    with pytest.raises(NotFound):
        process.contacts.upserts.patch(*process.key, contact_id, attributes={})
    with pytest.raises(NotFound):
        process.contacts.upserts.create(*process.key, email="bob@example.com")
    assert owner.api.get(f"/lists/{list_id}/contacts/{contact_id}").status == 400
    seconds_later(MAX_AGE_S + 1)
    with pytest.raises(NotFound):
        process.contacts.get(*process.key, contact_id)


def test_consent_and_addresses_are_read_anew(owner, list_id, process):
    (contact_id,) = add_contacts(owner, list_id, "eve@example.com")
    assert process.contacts.get(*process.key, contact_id).status == Status.ACTIVE
    assert owner.api.post(f"/lists/{list_id}/contacts/{contact_id}/unsubscribe").status == 200
    assert process.contacts.get(*process.key, contact_id).status == Status.UNSUBSCRIBED


def make_template(owner, **fields):
    content = {"type": "html", "subject": "Paid", "html": "<p>Thanks</p>"}
    return owner.api.post("/templates", json={"name": "Paid", "content": content, **fields}).json["id"]


def test_a_moved_trigger_name_selects_its_new_template_at_once(owner):
    account_id, process = owner.account_id, bootstrap.templates()
    first = make_template(owner, trigger_name="paid")
    assert process.complete_content(process.by_trigger_name(account_id, "Paid")).html == "<p>Thanks</p>"
    bootstrap.reset()  # the calls from here on are those of another process
    owner.api.patch(f"/templates/{first}", json={"content": {"html": "<p>New</p>"}})
    assert process.complete_content(process.by_trigger_name(account_id, "paid")).html == "<p>New</p>"
    owner.api.patch(f"/templates/{first}", json={"trigger_name": "billed"})
    with pytest.raises(NotFound):
        process.by_trigger_name(account_id, "paid")
    second = make_template(owner, trigger_name="paid")
    assert process.by_trigger_name(account_id, "paid").id == second
    owner.api.delete(f"/templates/{second}")
    with pytest.raises(NotFound):
        process.by_trigger_name(account_id, "paid")


def test_a_deleted_sender_is_refused_at_once_here_and_soon_elsewhere(owner, seconds_later):
    account_id, process = owner.account_id, bootstrap.senders()
    sender = process.get(account_id, make_sender(owner))
    assert process.for_address(account_id, sender.email, "Shop").id == sender.id
    bootstrap.reset()
    bootstrap.senders().for_address(account_id, sender.email, "Shop")
    bootstrap.senders().delete(account_id, sender.id)
    with pytest.raises(Forbidden):
        bootstrap.senders().for_address(account_id, sender.email, "Shop")
    seconds_later(MAX_AGE_S + 1)
    with pytest.raises(Forbidden):
        process.for_address(account_id, sender.email, "Shop")


def test_an_archived_list_is_the_default_list_no_more(owner, seconds_later):
    account_id, process = owner.account_id, bootstrap.lists()
    list_id = process.default_id(account_id)
    assert process.default_id(account_id) == list_id
    bootstrap.reset()
    lists = bootstrap.lists()
    assert lists.default_id(account_id) == list_id
    lists.archive(account_id, list_id)
    assert lists.default_id(account_id) != list_id
    seconds_later(MAX_AGE_S + 1)
    assert process.default_id(account_id) == lists.default_id(account_id)

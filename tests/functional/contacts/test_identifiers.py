"""Contacts with identifiers beside the address: found by each of them, and hidden from APIs that know addresses only."""

import httpx
import pytest

from postrider import bootstrap
from postrider.contacts import rules
from postrider.contacts.address import parse
from postrider.contacts.domain_events import events_of
from postrider.contacts.identifiers import MAX_EXTERNAL_ID, Identifier
from postrider.contacts.model import Status, WithdrawnBy
from postrider.contacts.repository import ContactRepository
from postrider.contacts.table import ContactsItem
from postrider.kit.errors import Conflict, Invalid, NotFound
from tests.functional.contacts.making import World
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    return make_list(owner)


@pytest.fixture
def world(platform):
    return World()


def found(world, identifier):
    return world.contacts.by_identifiers(world.account_id, world.list_id, [identifier])[0]


def claims(account_id, list_id):
    keys = ContactRepository().claims.keys_of_list(account_id, list_id)
    return [item.sk for key in keys for item in ContactsItem.query(key)]


def test_a_contact_is_found_by_each_of_its_identifiers(world):
    contact = world.add("Ann@Example.com", external_id="Crm/7")
    named = [Identifier.email("ann@example.COM"), Identifier.external_id("Crm/7"), Identifier.contact_id(contact.id)]
    assert world.contacts.by_identifiers(world.account_id, world.list_id, named) == [contact] * 3
    unknown = [Identifier.external_id("crm/7"), Identifier.email("no address"), Identifier.email("")]
    unknown += [Identifier.external_id(""), Identifier.contact_id(contact.id + 1)]
    assert world.contacts.by_identifiers(world.account_id, world.list_id, unknown) == [None] * 5
    with pytest.raises(NotFound):
        world.contacts.by_identifier(world.account_id, world.list_id, unknown[0])


def test_an_external_id_belongs_to_one_contact_of_a_list(world):
    first = world.add("a@example.com", external_id="7")
    with pytest.raises(Conflict):
        world.add("b@example.com", external_id="7")
    with pytest.raises(Conflict):
        world.add("a@example.com", external_id="8")
    assert world.add(None, external_id="7") == first
    adopted = world.add("c@example.com")
    assert world.add("c@example.com", external_id="9").id == adopted.id
    assert found(world, Identifier.external_id("9")).email == "c@example.com"
    assert World().add("a@example.com", external_id="7").external_id == "7", "another list"


@pytest.mark.parametrize("external_id", ["", "  ", "x" * (MAX_EXTERNAL_ID + 1), "a\nb", "\ud800"])
def test_an_external_id_is_a_short_text(world, external_id):
    with pytest.raises(Invalid):
        world.add("a@example.com", external_id=external_id)
    with pytest.raises(Invalid):
        world.add(None)


def test_a_contact_without_an_address_is_counted_apart(world):
    contact = world.add(None, external_id="7")
    assert (contact.status, contact.email, contact.address, contact.is_mailable) == ("unaddressed", "", "", False)
    assert world.counts() == {"unaddressed": 1}
    assert world.memory.news == []
    world.contacts.remove(contact)
    assert (world.counts(), claims(world.account_id, world.list_id)) == ({}, [])
    world.contacts.remove(contact)


def test_two_calls_with_the_same_external_id_create_a_single_contact(world, monkeypatch):
    create, made = world.repository.create, []

    def create_after_another_call(contact, **options):
        if not made:
            made.append(None)
            made.append(world.add(None, external_id="7"))
        create(contact, **options)

    monkeypatch.setattr(world.repository, "create", create_after_another_call)
    assert world.add(None, external_id="7").id == made[1].id
    assert world.counts() == {"unaddressed": 1}


def test_the_first_address_keeps_an_earlier_unsubscription(world):
    for number, wish in enumerate((None, WithdrawnBy.ACCOUNT, WithdrawnBy.PERSON)):
        contact = world.add(None, external_id=f"{number}")
        key = world.account_id, world.list_id, contact.id
        if wish is not None:
            assert world.contacts.unsubscribe(*key, by=wish).status == Status.UNADDRESSED
        shown = world.contacts.upserts.patch(*key, email=f"{number}@example.com")
        assert (shown.status, shown.withdrawn_by) == ("active" if wish is None else "unsubscribed", wish)
    assert [news.kind for news in world.memory.news] == ["added"] * 3
    assert world.counts() == {"active": 1, "unsubscribed": 2}


def test_the_main_api_does_not_show_a_contact_without_an_address(owner, list_id):
    contact = bootstrap.contacts().upserts.create(owner.account_id, list_id, email=None, external_id="7")
    path = f"/lists/{list_id}/contacts"
    for query in ({}, {"filter": "status==unaddressed"}, {"sort": "email"}, {"sort": "status"}, {"query": "id > 0"}):
        page = owner.api.get(path, query={"with_count": "true", **query}).json
        assert (page["data"], page["pagination"]["count"]) == ([], 0), query
    calls = [
        owner.api.get(f"{path}/{contact.id}"),
        owner.api.patch(f"{path}/{contact.id}", json={"email": "a@example.com"}),
        owner.api.delete(f"{path}/{contact.id}"),
        owner.api.post(f"{path}/{contact.id}/unsubscribe"),
        owner.api.post(f"{path}/{contact.id}/untag", json={"tags": ["a"]}),
        owner.api.get(f"{path}/{contact.id}/history"),
    ]
    assert [call.status for call in calls] == [400] * len(calls), "as an unknown contact"
    tagged = owner.api.post(f"{path}/tag", json={"contact_ids": [contact.id], "tags": ["a"]})
    assert tagged.status == 400
    report = owner.api.get(f"/reports/lists/{list_id}").json["data"]
    assert sum(number for name, number in report.items() if name.endswith("_contacts")) == 0
    assert bootstrap.contacts().many(owner.account_id, list_id, [contact.id])[contact.id].version == contact.version


def test_calls_for_many_contacts_leave_out_those_without_an_address(owner, list_id, platform):
    contacts, path = bootstrap.contacts(), f"/lists/{list_id}"
    bare = contacts.upserts.create(owner.account_id, list_id, email=None, external_id="7")
    shown = contacts.upserts.create(owner.account_id, list_id, email="shown@example.com", external_id="8")
    assert owner.api.post(f"{path}/contacts/tag", json={"query": "id > 0", "tags": ["all"]}).status == 200
    export_id = owner.api.post(f"{path}/exports").json["id"]
    platform.aws.drain()
    stored = contacts.many(owner.account_id, list_id, [bare.id, shown.id])
    assert (len(stored[bare.id].groups), len(stored[shown.id].groups)) == (0, 1)
    url = owner.api.get(f"{path}/exports/{export_id}/download").json["data"]["url"]
    _header, *rows = httpx.get(url).text.splitlines()
    assert ["shown@example.com" in row for row in rows] == [True]


def types(before, after):
    return [event.type for event in events_of([(before, after)])]


def test_no_event_is_recorded_for_a_contact_without_an_address(world):
    bare = world.add(None, external_id="7")
    assert types(None, bare) == []
    named = rules.with_address(bare, parse("a@example.com"), None)
    assert types(bare, named) == types(None, named) != []
    assert types(named, bare) == types(named, None) != []


def test_no_data_of_an_erased_or_emptied_contact_remains(owner, list_id, platform):
    contacts = bootstrap.contacts()
    contacts.upserts.create(owner.account_id, list_id, email="erased@example.com", external_id="1")
    exported = owner.api.post("/people/export", json={"email": "erased@example.com"}).json["data"]
    assert [contact["external_id"] for contact in exported["contacts"]] == ["1"]
    owner.api.post("/people/erase", json={"email": "erased@example.com"})
    assert claims(owner.account_id, list_id) == []
    contacts.upserts.create(owner.account_id, list_id, email=None, external_id="2")
    owner.api.delete(f"/lists/{list_id}")
    platform.aws.drain()
    assert claims(owner.account_id, list_id) == []
    assert contacts.recount(owner.account_id, list_id)[Status.UNADDRESSED] == 0


def test_an_open_list_takes_unknown_attributes(world):
    def stored(is_open=True, **values):
        return world.attributes.values_of(world.account_id, world.list_id, values, is_open=is_open)

    with pytest.raises(Invalid):
        stored(is_open=False, plan="a")
    assert list(stored(**{"plan": "a", "unused": "", "gone": None, "Größe in cm": "180"}).values()) == ["a", "180"]
    assert list(stored(plan="b" * 256).values()) == ["b" * 256], "a longer text is still taken"
    kinds = {known.name: known.type.value for known in world.attributes.all(world.account_id, world.list_id)}
    assert kinds == {"plan": "mediumtext", "Größe in cm": "text"}
    for name in ("", " a", "a\tb", "x" * 151):
        with pytest.raises(Invalid):
            stored(**{name: "a"})
    world.define("age", "integer")
    with pytest.raises(Invalid):
        stored(age="old")


def test_a_default_list_takes_unknown_attributes(owner):
    other = make_owner()
    assert bootstrap.lists().default(other.account_id).open_attributes
    list_id = make_list(another := make_owner())
    assert not bootstrap.lists().get(another.account_id, list_id).open_attributes
    assert bootstrap.lists().default(another.account_id).id == list_id
    assert bootstrap.lists().get(another.account_id, list_id).open_attributes

"""Relations, events and devices of contacts, which are shown with a person's data and deleted with the contact."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.devices.model import Device
from postrider.kit.errors import Invalid, NotFound
from postrider.objects.relations import RelationChange
from postrider.storage.events_table import EventsTableItem
from postrider.storage.records_table import RecordsTableItem
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list
from tests.testing.snapshot import items_of_table


class Person:
    """A contact of a new list of an owner."""

    def __init__(self, owner, email="ada@example.com", list_id=None):
        self.owner, self.email = owner, email
        self.account_id = owner.account_id
        self.list_id = list_id or make_list(owner)
        (self.id,) = add_contacts(owner, self.list_id, email)

    @property
    def contact(self):
        return bootstrap.contacts().get(self.account_id, self.list_id, self.id)

    def relate(self, object_id, attributes=None, type_id=1):
        change = RelationChange(contact_id=self.id, type_id=type_id, object_id=object_id, attributes=attributes or {})
        bootstrap.contact_recording().relate(self.account_id, [self.contact], [change])

    def did(self, name, event_id=None, **options):
        event = bootstrap.contact_events().event(name=name, event_id=event_id, **options)
        return bootstrap.contact_recording().add_event(self.contact, event, is_unique=event_id is not None)

    def visits(self, anonymous_id, name):
        event = bootstrap.contact_events().event(name=name)
        bootstrap.contact_recording().add_event_of_visitor(
            self.account_id, self.list_id, anonymous_id, event, is_unique=False
        )

    def has_device(self, token, used_at):
        device = Device(token=token, platform="ios", last_used_at=used_at, attributes={"app": "1.0"})
        bootstrap.contact_recording().put_device(self.contact, device)

    def objects(self):
        return [relation.object_id for relation in bootstrap.relations().of_contact(self.account_id, self.id)]

    def events(self):
        return [event.name for event in bootstrap.contact_events().newest(self.account_id, self.id)]

    def devices(self):
        return [device.token for device in bootstrap.devices().of(self.account_id, self.id)]

    def delete(self):
        assert self.owner.api.delete(f"/lists/{self.list_id}/contacts/{self.id}").status == 200

    def stored(self):
        """Return the partitions that hold records of the contact, or relations to it."""
        items = [*items_of_table(RecordsTableItem.Meta.table_name), *items_of_table(EventsTableItem.Meta.table_name)]
        keys = [(item["pk"]["S"], item["sk"]["S"]) for item in items]
        mark = f"#{self.account_id}#{self.id}"
        own = tuple(f"{kind}{mark}" for kind in ("of_contact", "events", "device"))
        return {
            pk
            for pk, sk in keys
            if pk in own or (pk.startswith(f"of_object#{self.account_id}#") and int(sk) == self.id)
        }


@pytest.fixture
def person(platform):
    return Person(make_owner())


def people_of(account_id, object_id, type_id=1, limit=2):
    people, cursor = [], None
    while True:
        page = bootstrap.relations().of_object(account_id, type_id, object_id, limit=limit, cursor=cursor)
        people += [relation.contact_id for relation in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return people


def test_a_relation_is_seen_from_both_sides_and_makes_the_object(person):
    others = [Person(person.owner, f"p{number}@example.com", person.list_id) for number in range(3)]
    for one_person in (person, *others):
        one_person.relate("acme")
    person.relate("globex", {"role": "owner"})
    assert person.objects() == ["acme", "globex"]
    assert people_of(person.account_id, "acme") == sorted([person.id, *(other.id for other in others)])
    assert bootstrap.data_objects().get(person.account_id, 1, "globex").attributes == {}
    assert person.objects() == ["acme", "globex"]


def test_a_change_of_a_relation_keeps_other_attributes(person):
    person.relate("acme", {"role": "owner", "since": 2020})
    person.relate("acme", {"role": "", "since": 2021, "share": 0.5})
    (relation,) = bootstrap.relations().of_contact(person.account_id, person.id)
    assert relation.attributes == {"since": 2021, "share": 0.5}
    person.relate("acme")
    (again,) = bootstrap.relations().of_contact(person.account_id, person.id)
    assert again == relation
    with pytest.raises(Invalid, match="too large"):
        person.relate("acme", {"x": "y" * 20_000})


def test_a_removed_relation_is_gone_from_both_sides_and_the_object_stays(person):
    person.relate("acme")
    change = RelationChange(contact_id=person.id, type_id=1, object_id="acme")
    for _ in range(2):
        bootstrap.contact_recording().unrelate(person.account_id, [change])
    assert (person.objects(), people_of(person.account_id, "acme")) == ([], [])
    assert bootstrap.data_objects().get(person.account_id, 1, "acme")


def test_a_deleted_object_has_no_relations(person):
    person.relate("acme")
    person.relate("acme", type_id=2)
    for _ in range(2):
        bootstrap.contact_recording().delete_object(person.account_id, 1, "acme")
    relations = bootstrap.relations().of_contact(person.account_id, person.id)
    assert [(relation.type_id, relation.object_id) for relation in relations] == [(2, "acme")]


def test_many_relations_of_an_object_are_deleted_by_the_queue(person, platform, monkeypatch):
    monkeypatch.setattr("postrider.usecases.contact_records.DELETED_AT_ONCE", 2)
    for number in range(5):
        Person(person.owner, f"p{number}@example.com", person.list_id).relate("acme")
    bootstrap.contact_recording().delete_object(person.account_id, 1, "acme")
    assert len(people_of(person.account_id, "acme")) == 3
    platform.drain()
    assert people_of(person.account_id, "acme") == []


def test_an_event_is_recorded_once_by_its_id(person, platform):
    assert person.did("order", event_id="o-1", properties={"total": 5})
    platform.clock.move(timedelta(seconds=1))
    assert not person.did("order", event_id="o-1")
    for name in ("order", "refund"):
        platform.clock.move(timedelta(seconds=1))
        assert person.did(name)
    assert person.events() == ["refund", "order", "order"]
    assert bootstrap.contact_events().count(person.account_id, person.id) == 3


def test_events_are_listed_page_by_page_newest_first(person, platform):
    for number in range(5):
        person.did(f"event {number}")
        platform.clock.move(timedelta(seconds=1))
    names, cursor = [], None
    for _ in range(3):
        page = bootstrap.contact_events().page(person.account_id, person.id, limit=2, cursor=cursor)
        names += [event.name for event in page.items]
        cursor = page.next_cursor
    assert (names, cursor) == ([f"event {number}" for number in (4, 3, 2, 1, 0)], None)
    assert person.did("long ago", occurred_at=platform.clock() - timedelta(days=401)) is False


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": ""}, "event_name_invalid"),
        ({"name": "a", "event_id": "x" * 101}, "event_id_invalid"),
        ({"name": "a", "properties": {"x": "y" * 32 * 1024}}, "event_data_too_large"),
        ({"name": "a", "properties": {"x": "\ud800"}}, "event_data_invalid"),
    ],
)
def test_an_event_that_cannot_be_stored_is_refused(platform, values, code):
    with pytest.raises(Invalid) as refusal:
        bootstrap.contact_events().event(**values)
    assert refusal.value.code == code


def test_events_of_a_visitor_follow_when_the_visitor_is_identified(person, platform):
    for name in ("view", "click"):
        person.visits("visitor-1", name)
        platform.clock.move(timedelta(seconds=1))
    person.visits("visitor-2", "other")
    assert person.events() == []
    bootstrap.contact_recording().identify(person.contact, "visitor-1")
    person.visits("visitor-1", "late")
    assert person.events() == ["late", "click", "view"]
    assert person.contact.has_records
    with pytest.raises(Invalid):
        bootstrap.contact_recording().identify(person.contact, "")


def test_an_event_of_a_visitor_is_not_stored_for_a_contact_that_was_deleted(person):
    contact = person.contact
    bootstrap.contact_recording().identify(contact, "visitor-3")
    person.delete()
    person.visits("visitor-3", "late")
    assert person.stored() == set()
    next_person = Person(person.owner, "next@example.com", person.list_id)
    bootstrap.contact_recording().identify(next_person.contact, "visitor-3")
    assert next_person.events() == []


def test_a_contact_keeps_the_devices_with_the_latest_use(person, platform):
    start = platform.clock().replace(microsecond=0)
    for number in range(26):
        person.has_device(f"device {number}", start + timedelta(minutes=number))
    assert person.devices() == [f"device {number}" for number in range(25, 0, -1)]
    person.has_device("device 3", start + timedelta(days=1))
    assert person.devices()[0] == "device 3"
    bootstrap.contact_recording().remove_device(person.contact, "device 3")
    assert len(person.devices()) == 24
    with pytest.raises(Invalid):
        person.has_device("x" * 1001, start)


def filled(person, platform):
    person.relate("acme", {"role": "owner"})
    person.did("order", event_id="o-1", properties={"total": 5})
    person.has_device("token", platform.clock())
    return person


def test_the_records_of_a_deleted_contact_are_deleted(person, platform):
    filled(person, platform)
    kept = filled(Person(person.owner, "kept@example.com", person.list_id), platform)
    assert len(person.stored()) == 4
    person.delete()
    assert person.stored() == set()
    assert len(kept.stored()) == 4
    assert people_of(person.account_id, "acme") == [kept.id]


def test_many_records_of_a_contact_are_deleted_by_the_queue(person, platform, monkeypatch):
    monkeypatch.setattr("postrider.usecases.contact_records.DELETED_AT_ONCE", 2)
    for number in range(5):
        person.relate(f"object {number}")
        person.did("order")
    person.delete()
    platform.drain()
    assert person.stored() == set()


def test_the_contacts_of_a_deleted_list_leave_no_records(person, platform):
    filled(person, platform)
    assert person.owner.api.delete(f"/lists/{person.list_id}").status == 200
    platform.drain()
    assert person.stored() == set()


def test_a_record_of_a_contact_that_is_deleted_at_that_moment_is_not_kept(person, platform, monkeypatch):
    contact = person.contact
    relate = bootstrap.relations().relate

    def deleting(*arguments):
        person.delete()
        return relate(*arguments)

    monkeypatch.setattr(bootstrap.relations(), "relate", deleting)
    change = RelationChange(contact_id=contact.id, type_id=1, object_id="acme")
    bootstrap.contact_recording().relate(person.account_id, [contact], [change])
    assert person.stored() == set()
    event = bootstrap.contact_events().event(name="late")
    with pytest.raises(NotFound):
        bootstrap.contact_recording().add_event(contact, event, is_unique=False)
    assert person.stored() == set()


def test_a_deletion_that_was_interrupted_is_completed_by_its_repetition(person, platform, monkeypatch):
    filled(person, platform)
    with monkeypatch.context() as patch:
        patch.setattr("postrider.contacts.repository.ContactRepository.delete", lambda *args, **options: 1 / 0)
        assert person.owner.api.delete(f"/lists/{person.list_id}/contacts/{person.id}").status == 500
    person.delete()
    assert person.stored() == set()


def test_the_records_of_a_person_are_exported_and_erased(person, platform):
    filled(person, platform)
    (contact,) = person.owner.api.post("/people/export", json={"email": person.email}).json["data"]["contacts"]
    assert contact["relations"] == [{"object_type_id": 1, "object_id": "acme", "attributes": {"role": "owner"}}]
    assert [(event["name"], event["data"]) for event in contact["events"]] == [("order", {"total": 5})]
    assert [(device["token"], device["platform"]) for device in contact["devices"]] == [("token", "ios")]
    assert contact["events_count"] == 1
    assert person.owner.api.post("/people/erase", json={"email": person.email}).status == 200
    assert person.stored() == set()


def test_records_move_to_the_contact_that_is_kept(person, platform):
    kept = Person(person.owner, "kept@example.com", person.list_id)
    filled(person, platform)
    person.relate("globex")
    kept.relate("acme", {"role": "guest"})
    kept.did("visit")
    for is_merged in (False, True):
        recording = bootstrap.contact_recording()
        recording.move(person.account_id, kept=kept.contact, dropped=person.contact, is_merged=is_merged)
    assert (kept.objects(), sorted(kept.events()), kept.devices()) == (
        ["acme", "globex"],
        ["order", "visit"],
        ["token"],
    )
    (relation, _) = bootstrap.relations().of_contact(person.account_id, kept.id)
    assert relation.attributes == {"role": "guest"}
    assert person.events() == []
    assert person.stored() == {f"events#{person.account_id}#{person.id}"}, "the note of who has the events now"


def test_storing_records_changes_nothing_else_of_a_contact(person, platform):
    before = person.owner.api.get(f"/lists/{person.list_id}/contacts/{person.id}").json
    platform.clock.move(timedelta(minutes=1))
    filled(person, platform)
    assert person.owner.api.get(f"/lists/{person.list_id}/contacts/{person.id}").json == before

"""Merging two people over the Track API: what the kept one has afterwards, and what an interrupted merge leaves."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.contact_events import repository, service
from postrider.contact_events.service import ContactEventService
from postrider.contacts.consent_items import ConsentItems
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import ConsentRecord, Status
from postrider.contacts.repository import ContactRepository
from postrider.contacts.table import ContactsItem
from postrider.usecases import contact_records, move_events
from postrider.usecases.contact_records import ContactRecording
from tests.testing.customerio import TRACK, make_client
from tests.testing.factories.accounts import make_owner


class People:
    """The people of a new account."""

    def __init__(self):
        self.owner = make_owner()
        self.track = make_client(self.owner, TRACK)
        self.account_id = self.owner.account_id
        self.list_id = bootstrap.lists().default(self.account_id).id
        self.key = self.account_id, self.list_id

    def put(self, identifier, **members):
        assert self.track.put(f"/api/v1/customers/{identifier}", members).status == 200
        return self.contact(identifier)

    def contact(self, identifier):
        known = Identifier.email(identifier) if "@" in identifier else Identifier.external_id(identifier)
        return bootstrap.contacts().by_identifiers(self.account_id, self.list_id, [known])[0]

    def add_records(self, identifier, name):
        path = f"/api/v1/customers/{identifier}"
        self.track.post(f"{path}/events", {"name": name, "id": name})
        self.track.put(f"{path}/devices", {"device": {"id": name, "platform": "ios"}})
        objects = {"relationships": [{"identifiers": {"object_type_id": "1", "object_id": name}}]}
        self.track.put(path, {"cio_relationships": objects})

    def records(self, identifier):
        contact = self.contact(identifier)
        events = bootstrap.contact_events().newest(self.account_id, contact.id)
        relations = [
            name
            for name in ("first", "second")
            for relation in bootstrap.relations().of_object(self.account_id, 1, name, limit=10, cursor=None).items
            if relation.contact_id == contact.id
        ]
        devices = bootstrap.devices().of(self.account_id, contact.id)
        return {event.name for event in events}, {device.token for device in devices}, set(relations)

    def add_events(self, identifier, count):
        events, contact = bootstrap.contact_events(), self.contact(identifier)
        many = [(contact.id, events.event(name="visited", event_id=str(number))) for number in range(count)]
        bootstrap.contact_recording().add_events(self.account_id, [contact], many)

    def merge(self, primary, secondary):
        return self.track.post("/api/v1/merge_customers", {"primary": primary, "secondary": secondary})

    def claims(self):
        keys = ContactRepository().claims.keys_of_list(self.account_id, self.list_id)
        items = (item for key in keys for item in ContactsItem.query(key))
        return {item.sk: int(item.contact_id) for item in items if item.contact_id is not None}

    def counts(self):
        contacts = bootstrap.contacts()
        counted = contacts.counts(self.account_id, self.list_id)
        recounted = contacts.recount(self.account_id, self.list_id)
        assert {**counted, Status.DELETED: 0} == recounted
        return {status.value: number for status, number in counted.items() if number}


@pytest.fixture
def people(platform):
    return People()


def test_a_merge_keeps_one_person_with_all_records(people):
    kept, dropped = people.put("1", plan="free"), people.put("2", email="b@example.com", plan="pro", city="Bern")
    people.add_records("1", "first")
    people.add_records("2", "second")
    answer = people.merge({"id": "1"}, {"email": "B@example.com"})
    assert (answer.status, answer.json) == (200, {})
    after = people.contact("1")
    shown = make_client(people.owner).get("/v1/customers/1/attributes").json["customer"]["attributes"]
    assert (after.id, shown["email"], shown["plan"], shown["city"]) == (kept.id, "b@example.com", "free", "Bern")
    assert people.claims() == {"1": kept.id, "b@example.com": kept.id}
    assert people.records("1") == ({"first", "second"},) * 3
    assert people.counts() == {"active": 1, "deleted": 1}
    assert people.contact("2") is None
    assert people.merge({"id": "1"}, {"id": "2"}).status == 200, "a repetition"
    assert people.contact("1") == after
    links = bootstrap.mail_reactions().unsubscribe(
        people.account_id, people.list_id, dropped.id, address_number=0, details={}
    )
    assert links == {"b@example.com"}
    assert people.contact("1").status == "unsubscribed", "links in mails to the dropped contact still work"


def test_consent_records_go_along(people):
    kept, dropped = people.put("1"), people.put("2", email="b@example.com")
    consents = bootstrap.contacts().consents
    now = dropped.updated_at
    records = [ConsentRecord(created_at=now, consented_at=now, text=text) for text in ("first", "second")]
    consents.add(kept, records[:1])
    consents.add(dropped, records)
    people.merge({"id": "1"}, {"id": "2"})
    assert {record.text for record in consents.of(people.contact("1"))} == {"first", "second"}
    assert ConsentItems().of(people.account_id, people.list_id, dropped.id, 10) == []


def test_the_departure_of_either_contact_survives_the_merge(people):
    people.put("1", email="a@example.com")
    people.put("2", email="b@example.com", unsubscribed=True)
    people.merge({"id": "1"}, {"id": "2"})
    assert (people.contact("1").status, people.contact("b@example.com")) == ("unsubscribed", None)
    assert people.counts() == {"unsubscribed": 1, "deleted": 1}


@pytest.mark.parametrize("step", ["move", "merge"])
def test_a_repetition_completes_an_interrupted_merge(people, monkeypatch, step):
    people.put("1")
    people.put("2", email="b@example.com")
    people.add_records("2", "second")
    target = bootstrap.contact_recording() if step == "move" else ContactRepository
    real, interrupted = getattr(target, step), []

    def interrupt(*args, **options):
        if interrupted:
            return real(*args, **options)
        interrupted.append(step)
        if step == "move":
            real(*args, **options)
        raise RuntimeError

    monkeypatch.setattr(target, step, interrupt)
    assert people.merge({"id": "1"}, {"id": "2"}).status == 500
    assert people.contact("b@example.com").external_id == "2"
    assert people.merge({"id": "1"}, {"id": "2"}).status == 200
    assert people.records("1") == ({"second"},) * 3
    assert people.claims() == {"1": people.contact("1").id, "b@example.com": people.contact("1").id}


def test_a_change_meanwhile_is_not_lost(people, monkeypatch):
    people.put("1")
    people.put("2", email="b@example.com")
    real, calls = ContactRepository.merge, []

    def merge_after_another_call(self, *args, **options):
        if not calls:
            calls.append(None)
            people.put("2", city="Bern", unsubscribed=True)
            people.add_records("2", "second")
        return real(self, *args, **options)

    monkeypatch.setattr(ContactRepository, "merge", merge_after_another_call)
    people.merge({"id": "1"}, {"id": "2"})
    after = people.contact("1")
    assert (after.status, len(after.attributes)) == ("unsubscribed", 1)
    assert people.records("1") == ({"second"},) * 3


@pytest.mark.parametrize("lost", ["address", "external_id", "address of another contact"])
def test_a_merge_drops_the_identifiers_that_a_contact_has_lost(people, lost):
    """A call deleted the contact just before an import inserted it, and the import did not end."""
    people.put("1", plan="free")
    dropped = people.put("2", email="b@example.com", city="Bern")
    claims, key = ContactRepository().claims, (people.account_id, people.list_id)
    if lost == "external_id":
        claims.release_external_ids(*key, {"2": dropped.id})
    else:
        claims.release(*key, {"b@example.com": dropped.id})
    other = people.put("b@example.com") if lost.endswith("contact") else None
    assert people.merge({"id": "1"}, {"cio_id": f"cio_{dropped.id:x}"}).status == 200
    after = people.contact("1")
    assert (len(after.attributes), after.address) == (2, "b@example.com" if lost == "external_id" else "")
    assert bootstrap.contacts().many(*key, [dropped.id]) == {}
    taken = {"b@example.com": other.id} if other else {}
    assert people.claims() == {"1": after.id} | ({"b@example.com": after.id} if lost == "external_id" else taken)


def test_the_kept_contact_gets_the_claim_of_the_same_address(people):
    """It had lost its own claim to the dropped contact."""
    kept = people.put("1", email="a@example.com")
    ContactRepository().claims.release(people.account_id, people.list_id, {"a@example.com": kept.id})
    people.put("2", email="a@example.com")
    people.merge({"id": "1"}, {"id": "2"})
    assert people.claims() == {"1": kept.id, "a@example.com": kept.id}


def test_a_merge_with_an_unknown_or_the_same_person_changes_nothing(people):
    person = people.put("1", email="a@example.com")
    for primary, secondary in (("1", "1"), ("1", "unknown"), ("unknown", "1")):
        assert people.merge({"id": primary}, {"id": secondary}).status == 200
    assert people.merge({"id": "1"}, {}).status == 400
    assert people.contact("1") == person
    stranger = People()
    stranger.put("1")
    stranger.merge({"id": "1"}, {"cio_id": f"cio_{person.id:x}"})
    assert people.contact("1") == person


MANY = 12


@pytest.fixture
def few_at_once(monkeypatch):
    """Let calls and tasks move a few events only."""
    monkeypatch.setattr(ContactEventService.move, "__kwdefaults__", {"most": 3})
    monkeypatch.setattr(move_events, "MOVED_BY_TASK", 4)


def test_many_events_are_moved_by_tasks_which_may_stop_anywhere(people, platform, monkeypatch, few_at_once):
    people.put("1")
    people.put("2", email="b@example.com")
    people.add_events("2", MANY)
    real, failures = repository._delete, iter([True, False, True])

    def delete(keys):
        if next(failures, False):
            raise RuntimeError
        real(keys)

    assert people.merge({"id": "1"}, {"id": "2"}).status == 200
    kept = people.contact("1")
    assert 0 < bootstrap.contact_events().count(people.account_id, kept.id) < MANY
    monkeypatch.setattr(repository, "_delete", delete)
    while platform.drain("run-tasks").failed:
        platform.clock.move(timedelta(minutes=30))
    events = list(bootstrap.contact_events().newest(people.account_id, kept.id))
    assert sorted(int(event.id) for event in events) == list(range(MANY))


@pytest.mark.parametrize("next_act", ["merge", "delete"])
def test_events_on_their_way_follow_the_contact(people, platform, few_at_once, next_act):
    people.put("1")
    people.put("2", email="b@example.com")
    people.add_events("2", MANY)
    first, second, last = people.contact("1"), people.contact("2"), people.put("3")
    people.merge({"id": "1"}, {"id": "2"})
    if next_act == "merge":
        people.merge({"id": "3"}, {"id": "1"})
    else:
        people.track.delete("/api/v1/customers/1")
    platform.drain("run-tasks")
    counts = [bootstrap.contact_events().count(people.account_id, contact.id) for contact in (first, second, last)]
    assert counts == [0, 0, MANY if next_act == "merge" else 0]


def test_an_event_of_a_contact_that_was_just_merged_does_not_delete_its_backlog(people, platform, few_at_once):
    people.put("1")
    people.put("2", email="b@example.com")
    people.add_events("2", MANY)
    dropped = people.contact("2")
    people.merge({"id": "1"}, {"id": "2"})
    events, kept = bootstrap.contact_events(), people.contact("1")
    bootstrap.contact_recording().add_event(dropped, events.event(name="late"), is_unique=False)
    platform.drain("run-tasks")
    assert [events.count(people.account_id, contact.id) for contact in (kept, dropped)] == [MANY + 1, 0]


@pytest.mark.parametrize("next_act", ["erase", "identify another person"])
def test_the_backlog_of_a_visitor_belongs_to_the_contact_that_was_identified(people, platform, monkeypatch, next_act):
    """It is moved by tasks; meanwhile, another person may be identified on the device."""
    monkeypatch.setattr(service, "MOVED_AT_ONCE", 3)
    monkeypatch.setattr(move_events, "MOVED_BY_TASK", 2)
    events, recording = bootstrap.contact_events(), bootstrap.contact_recording()
    first, other = people.put("1", email="visitor@example.com"), people.put("2")

    def visit(count):
        for _ in range(count):
            visited = events.event(name="visited")
            recording.add_event_of_visitor(*people.key, "device", visited, is_unique=False)

    visit(6)
    recording.identify(first, "device")
    platform.clock.move(timedelta(seconds=1))
    if next_act == "erase":
        assert people.owner.api.post("/people/erase", json={"email": "visitor@example.com"}).status == 200
        visit(1)
    else:
        visit(1)
        recording.identify(other, "device")
        visit(2)
    platform.drain("run-tasks")
    recording.identify(other, "device")
    counts = [events.count(people.account_id, contact.id) for contact in (first, other)]
    assert counts == ([0, 0] if next_act == "erase" else [7, 2])


def test_events_of_a_visitor_follow_a_merge_of_its_contact(people):
    people.put("1")
    dropped, events = people.put("2", email="b@example.com"), bootstrap.contact_events()
    bootstrap.contact_recording().identify(dropped, "merged")
    people.merge({"id": "1"}, {"id": "2"})
    late = events.event(name="late")
    bootstrap.contact_recording().add_event_of_visitor(*people.key, "merged", late, is_unique=False)
    kept = people.contact("1")
    assert [events.count(people.account_id, contact.id) for contact in (kept, dropped)] == [1, 0]


@pytest.mark.parametrize(
    ("interrupted_before", "is_erased", "counts"),
    [("the merge", False, (3, MANY - 3)), ("the merge", True, (3, 0)), ("the second move", False, (MANY, 0))],
)
def test_a_task_moves_events_only_of_a_contact_that_was_merged(
    people, platform, monkeypatch, few_at_once, interrupted_before, is_erased, counts
):
    """A call moves three events; its task is run after the call has ended."""
    monkeypatch.setattr(contact_records, "DELETED_AT_ONCE", 3)
    monkeypatch.setattr(move_events, "WRITERS_END_S", 0)
    kept, dropped = people.put("1"), people.put("2", email="b@example.com")
    people.add_events("2", MANY)
    real = ContactRecording.move

    def move(*args, is_merged, **options):
        if is_merged:
            raise RuntimeError
        real(*args, is_merged=is_merged, **options)

    if interrupted_before == "the merge":
        monkeypatch.setattr(ContactRepository, "merge", None)
    else:
        monkeypatch.setattr(ContactRecording, "move", move)
    assert people.merge({"id": "1"}, {"id": "2"}).status == 500
    events = bootstrap.contact_events()
    if is_erased:
        assert people.owner.api.post("/people/erase", json={"email": "b@example.com"}).status == 200
    platform.drain("run-tasks")
    assert tuple(events.count(people.account_id, contact.id) for contact in (kept, dropped)) == counts

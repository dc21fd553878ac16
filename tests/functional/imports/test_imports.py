"""Imports over real tables: ids at once, contacts by the queue, consent, repeats and crashes, and what they cost."""

from collections import Counter
from dataclasses import replace

import pytest
from botocore.client import BaseClient

from postrider.adapters.memory import MemoryObjectStore, MemoryQueue
from postrider.contacts.bulk_rows import ContactRow, WriteOptions
from postrider.contacts.bulk_writer import ContactBulkWriter
from postrider.contacts.model import DoubleOptIn, Status
from postrider.contacts.queues import ADD_CONTACTS
from postrider.imports.model import ImportRow
from postrider.imports.part_names import ROWS
from postrider.imports.repository import PendingImportRepository
from postrider.imports.service import ImportRowsJob, ImportService
from postrider.kit.errors import Invalid, InvalidRows
from postrider.tasks.model import TaskType
from postrider.tasks.queue_messages import RunTaskPart
from postrider.tasks.repository import TaskRepository
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService
from tests.functional.contacts.making import World


class ImportWorld(World):
    def __init__(self) -> None:
        super().__init__()
        self.objects, self.queue = MemoryObjectStore(), MemoryQueue()
        self.bulk_writer = ContactBulkWriter(
            self.repository,
            self.contacts,
            self.suppressions,
            self.clock,
            change_recorder=self.memory,
            confirmations=self.memory,
        )
        self.tasks = TaskService(TaskRepository(), self.clock)
        self.imports = self.imports_by(self.bulk_writer)

    def runner_of(self, bulk_writer: ContactBulkWriter) -> TaskRunner:
        job = ImportRowsJob(bulk_writer, self.lists, self.objects, PendingImportRepository())
        return TaskRunner(self.tasks, self.queue, {TaskType.CONTACTS_IMPORT_ROWS: lambda: job})

    def imports_by(self, bulk_writer: ContactBulkWriter) -> ImportService:
        return ImportService(
            bulk_writer,
            self.lists,
            self.attributes,
            self.objects,
            self.tasks,
            self.runner_of(bulk_writer),
            PendingImportRepository(),
        )

    def start(self, *emails: str, **options):
        rows = [email if isinstance(email, ImportRow) else ImportRow(email=email) for email in emails]
        return self.imports.start(self.account_id, self.list_id, rows, **options)

    def run(self, started, bulk_writer: ContactBulkWriter | None = None) -> None:
        part = RunTaskPart(account_id=self.account_id, task_id=started.import_id, part=ROWS)
        self.runner_of(bulk_writer or self.bulk_writer).run(part)

    def drain(self) -> None:
        self.queue.drain(ADD_CONTACTS, self.runner_of(self.bulk_writer).run)

    def statuses(self) -> dict[str, str]:
        return {
            contact.address: contact.status.value
            for block in self.contacts.blocks_of(self.account_id, self.list_id)
            for contact in self.contacts.block_contacts(self.account_id, self.list_id, block)
        }


@pytest.fixture
def world(standin):
    return ImportWorld()


class Meter:
    """Count calls to AWS and the write units that DynamoDB reports."""

    def __init__(self, monkeypatch) -> None:
        self.calls: Counter[str] = Counter()
        self.write_units = 0.0
        original = BaseClient._make_api_call

        def metered(client, operation, params):
            writes = operation in ("BatchExecuteStatement", "TransactWriteItems", "UpdateItem", "PutItem", "DeleteItem")
            if writes:
                params = {**params, "ReturnConsumedCapacity": "TOTAL"}
            answer = original(client, operation, params)
            self.calls[operation] += 1
            if writes:
                consumed = answer.get("ConsumedCapacity", [])
                for capacity in consumed if isinstance(consumed, list) else [consumed]:
                    self.write_units += capacity["CapacityUnits"]
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", metered)


def test_a_thousand_new_contacts_cost_two_units_each(world, monkeypatch):
    """The budget of the platform: at most 2,100 write units and 150 calls for 1,000 contacts."""
    world.define("name")
    meter = Meter(monkeypatch)
    rows = [ImportRow(email=f"p{number}@example.com", attributes={"name": f"P {number}"}) for number in range(1000)]
    started = world.start(*rows)
    world.run(started)
    calls, units = sum(meter.calls.values()) + 2, meter.write_units  # and one each to the object store and the queue
    assert units <= 2_100
    assert calls <= 150
    assert world.counts() == {"active": 1000}
    again = Meter(monkeypatch)
    world.run(started)
    assert again.write_units == 0
    repeated = world.start(*rows)
    world.run(repeated)
    assert repeated.contact_ids == started.contact_ids
    assert again.write_units <= 10
    assert world.counts() == {"active": 1000}


def test_ids_come_in_the_order_of_the_rows_and_twice_for_two_spellings(world):
    known = world.add("known@example.com")
    started = world.start("b@example.com", "Known@Example.com", "a@example.com", "B@example.com")
    first, second, third, fourth = started.contact_ids
    assert (second, fourth) == (known.id, first)
    world.drain()
    assert world.contacts.get(world.account_id, world.list_id, third).email == "a@example.com"
    assert world.counts() == {"active": 3}


def test_bad_rows_are_all_named_and_nothing_is_written(world):
    world.define("age", "integer")
    with pytest.raises(InvalidRows) as refusal:
        world.start(
            ImportRow(email="not an address"),
            ImportRow(email="a@example.com", attributes={"age": "12"}),
            ImportRow(email="b@example.com", attributes={"age": "old"}),
            ImportRow(email="c@example.com", attributes={"unknown": "x"}),
        )
    assert [(problem.field, problem.code) for problem in refusal.value.problems] == [
        (("contacts", 0, "email"), "email_invalid"),
        (("contacts", 2, "custom_attributes"), "attribute_value_invalid"),
        (("contacts", 3, "custom_attributes"), "attribute_unknown"),
    ]
    assert (world.statuses(), world.queue.waiting[ADD_CONTACTS]) == ({}, [])
    assert world.bulk_writer.known(world.account_id, world.list_id, ["a@example.com"]) == {}


def test_more_than_a_thousand_rows_or_none_good_are_refused(world):
    with pytest.raises(Invalid):
        world.start(*[f"a{number}@example.com" for number in range(1001)])
    with pytest.raises(Invalid):
        world.start("nobody", "@")
    assert world.queue.waiting[ADD_CONTACTS] == []


@pytest.mark.parametrize("before", ["active", "pending", "invalid", "unsubscribed", "flagged"])
def test_an_import_gives_no_consent(world, before):
    contact = world.add("a@example.com")
    world.contacts.change_many([contact], lambda current: replace(current, status=Status(before)))
    world.define("name")
    for mode in (DoubleOptIn.NEVER, DoubleOptIn.NEW):
        world.start(ImportRow(email="a@example.com", attributes={"name": mode.value}), double_opt_in=mode)
        world.drain()
        assert world.again(contact).status == before
        assert world.values(contact) == {"name": mode.value}
    assert world.counts() == {before: 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "unsubscribed"),
        ("active", "unsubscribed"),
        ("pending", "unsubscribed"),
        ("invalid", "unsubscribed"),
        ("unsubscribed", "unsubscribed"),
        ("flagged", "flagged"),
    ],
)
def test_an_import_of_unsubscribed_people_only_takes_consent_away(world, before, after):
    if before:
        contact = world.add("a@example.com")
        world.contacts.change_many([contact], lambda current: replace(current, status=Status(before)))
    world.start("a@example.com", target=Status.UNSUBSCRIBED, double_opt_in=DoubleOptIn.ALWAYS)
    world.drain()
    assert world.statuses() == {"a@example.com": after}
    assert world.memory.asked == []
    assert world.counts() == {after: 1}


def test_an_import_with_the_target_deleted_deletes_contacts(world):
    contact = world.add("a@example.com")
    started = world.start("a@example.com", "never@example.com", target=Status.DELETED)
    assert started.contact_ids == [contact.id]
    world.run(started)
    world.drain()
    assert (world.statuses(), world.counts()) == ({}, {"deleted": 1})


@pytest.mark.parametrize(
    ("mode", "asked"),
    [
        (DoubleOptIn.NEVER, set()),
        (DoubleOptIn.NEW, {"new@example.com"}),
        (DoubleOptIn.NOT_ACTIVE, {"new@example.com", "pending@example.com"}),
        (DoubleOptIn.ALWAYS, {"new@example.com", "pending@example.com", "active@example.com"}),
    ],
)
def test_double_opt_in(world, mode, asked):
    everyone = [f"{word}@example.com" for word in ("active", "pending", "unsubscribed", "invalid", "flagged")]
    for email in everyone:
        contact = world.add(email)
        status = Status(email.partition("@")[0])
        world.contacts.change_many([contact], lambda current, status=status: replace(current, status=status))
    world.start("new@example.com", *everyone, double_opt_in=mode)
    world.drain()
    found = {
        contact.id: contact
        for contact in (
            world.contacts.find(world.account_id, world.list_id, email) for email in ["new@example.com", *everyone]
        )
    }
    assert {found[contact_id].address for contact_id in world.memory.asked} == asked
    assert world.statuses()["unsubscribed@example.com"] == "unsubscribed"
    assert {address for address, status in world.statuses().items() if status == "pending"} == asked | {
        "pending@example.com"
    }


def test_suppressed_people_stay_suppressed(world):
    world.suppression.suppress(world.account_id, "a@example.com")
    world.start("A@example.com", "b@example.com")
    world.drain()
    found = {
        email: world.contacts.find(world.account_id, world.list_id, email)
        for email in ("a@example.com", "b@example.com")
    }
    assert [contact.suppressed for contact in found.values()] == [True, False]


def test_a_crash_before_the_rows_are_stored_loses_nothing(world):
    """The caller got no answer and tries again: the same ids, and the contacts are written."""
    world.objects.put = lambda *args, **kwargs: 1 / 0
    with pytest.raises(ZeroDivisionError):
        world.start("a@example.com", "b@example.com")
    del world.objects.put
    started = world.start("a@example.com", "b@example.com")
    world.run(started)
    assert world.counts() == {"active": 2}
    assert sorted(world.statuses()) == ["a@example.com", "b@example.com"]


def test_a_crash_before_counting_counts_once(world):
    started = world.start("a@example.com", "b@example.com")
    world.repository.count_created, original = lambda *args, **kwargs: 1 / 0, world.repository.count_created
    with pytest.raises(ZeroDivisionError):
        world.run(started)
    world.repository.count_created = original
    someone = world.contacts.find(world.account_id, world.list_id, "a@example.com")
    world.contacts.unsubscribe(world.account_id, world.list_id, someone.id)
    world.run(started)
    world.run(started)
    assert world.counts() == {"active": 1, "unsubscribed": 1}


def test_a_contact_deleted_before_its_import_is_repeated_is_counted_and_stays_deleted(world):
    """A file, whose addresses are claimed again in the repetition, crashes before it counts its contacts."""
    here, emails = (world.account_id, world.list_id), ["a@example.com", "b@example.com"]

    def write_part():
        claims = world.bulk_writer.reserve(*here, emails, part_key="file/1/0")
        drafts = [
            ContactRow(
                email=email,
                address=email,
                contact_id=claim.contact_id,
                subscribed_at=claim.subscribed_at,
                is_new=is_new,
            )
            for email, (claim, is_new) in claims.items()
        ]
        return world.bulk_writer.write(
            *here, drafts, WriteOptions(interests=frozenset({1})), part_key="file/1/0"
        ).created

    world.repository.count_created, original = lambda *args, **kwargs: 1 / 0, world.repository.count_created
    with pytest.raises(ZeroDivisionError):
        write_part()
    world.repository.count_created = original
    world.contacts.delete(*here, world.contacts.find(*here, "a@example.com").id)
    assert (write_part(), write_part()) == (2, 2)
    assert (world.statuses(), world.counts()) == ({"b@example.com": "active"}, {"active": 1, "deleted": 1})
    assert world.contacts.interest_usage(*here) == {1: 1}
    assert list(world.bulk_writer.known(*here, emails)) == ["b@example.com"]


def test_two_imports_of_the_same_people_make_each_once(world):
    first, second = world.start("a@example.com", "b@example.com"), world.start("b@example.com", "c@example.com")
    world.run(second)
    world.run(first)
    assert world.counts() == {"active": 3}
    assert len(world.statuses()) == 3


def test_a_contact_deleted_before_its_import_is_written_stays_deleted(world):
    contact = world.add("a@example.com")
    started = world.start("a@example.com")
    world.contacts.delete(world.account_id, world.list_id, contact.id)
    world.run(started)
    assert (world.statuses(), world.counts()) == ({}, {"deleted": 1})


@pytest.mark.parametrize("has_crashed", [False, True], ids=["whole", "crashed"])
def test_a_contact_deleted_just_before_its_insert_is_not_written(world, has_crashed):
    started, insert_many = world.start("a@example.com", "b@example.com"), world.repository.insert_many
    here = world.account_id, world.list_id

    def insert_late(contacts):
        world.repository.insert_many = insert_many
        world.contacts.delete(*here, world.add("a@example.com").id)
        existing = insert_many(contacts)
        return 1 / 0 if has_crashed else existing

    world.repository.insert_many = insert_late
    if has_crashed:
        with pytest.raises(ZeroDivisionError):
            world.run(started)
        world.contacts.unsubscribe(*here, started.contact_ids[0])
    world.run(started)
    assert world.statuses() == {"b@example.com": "active"}
    assert world.counts() == {"active": 1, "deleted": 1}
    world.add("a@example.com")
    assert world.counts() == {"active": 2, "deleted": 1}


def test_an_address_added_before_the_worker_writes_gets_a_single_contact(world):
    started = world.start("a@example.com", "b@example.com")
    assert world.add("A@example.com").id == started.contact_ids[0]
    world.contacts.unsubscribe(world.account_id, world.list_id, started.contact_ids[0])
    world.run(started)
    assert world.statuses() == {"a@example.com": "unsubscribed", "b@example.com": "active"}
    assert world.counts() == {"unsubscribed": 1, "active": 1}


def test_an_import_into_a_list_that_is_gone_writes_and_leaves_nothing(world):
    started = world.start("a@example.com")
    world.lists.gone.add(world.list_id)
    world.run(started)
    assert world.statuses() == world.objects.objects == {}

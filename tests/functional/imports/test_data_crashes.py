"""An import of people, events, objects or relations that crashes at any call of AWS is completed by a repetition."""

import itertools

import pytest

from postrider import bootstrap
from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.contacts.model import Status
from postrider.contacts.repository import ContactRepository
from postrider.imports.data_model import DataKind, DataOptions, RowsToImport
from postrider.imports.uploads import CUT
from postrider.tasks.model import TaskType
from postrider.tasks.queue_messages import RunTaskPart
from tests.functional.imports.test_crashes import Crash, Killer
from tests.testing.factories.accounts import make_owner


class DataWorld:
    """An account, and the parts of imports that are run by hand. All names of a round begin with its `mark`."""

    def __init__(self):
        self.account_id = make_owner().account_id
        self.list_id = bootstrap.lists().default(self.account_id).id
        self.key = self.account_id, self.list_id
        self.mark = ""

    def begin(self, number):
        self.mark = f"r{number}-"
        self.create("known@example.com", "known")
        self.create("mail@example.com", None)

    def create(self, email, external_id):
        return bootstrap.contacts().upserts.create(
            self.account_id,
            self.list_id,
            email=f"{self.mark}{email}",
            external_id=external_id and f"{self.mark}{external_id}",
        )

    def known(self):
        identifier = Identifier.external_id(f"{self.mark}known")
        return bootstrap.contacts().by_identifier(self.account_id, self.list_id, identifier)

    def start(self, options, text):
        upload_id, form = bootstrap.file_imports().offer_upload(self.account_id, self.list_id)
        bootstrap.object_store().put(form.fields["key"], text.replace("~", self.mark).encode())
        payload = {"list_id": self.list_id, "data": options.as_json()}
        fetch = bootstrap.tasks().create(
            self.account_id, type=TaskType.CONTACTS_IMPORT_FETCH, total=1, list_id=self.list_id, payload=payload
        )
        self.task = bootstrap.data_files().start(fetch, upload_id)
        self.run(CUT)

    def run(self, part="000000"):
        message = RunTaskPart(account_id=self.account_id, task_id=self.task.id, part=part)
        bootstrap.task_runner().run(message)

    def result(self):
        task = bootstrap.tasks().get(self.account_id, self.task.id)
        assert task.status == "ready", task
        return {name: count for name, count in task.result.items() if type(count) is int and count}

    def people(self):
        """Return the addresses of the round by external id, and check that all counters fit the contacts."""
        contacts = [
            contact
            for block in bootstrap.contacts().blocks_of(self.account_id, self.list_id)
            for contact in bootstrap.contacts().block_contacts(self.account_id, self.list_id, block)
        ]
        counts = bootstrap.contacts().counts(self.account_id, self.list_id)
        for status in (Status.ACTIVE, Status.UNADDRESSED):
            assert counts.get(status, 0) == sum(contact.status == status for contact in contacts)
        return {
            (contact.external_id or "").removeprefix(self.mark): contact.email.removeprefix(self.mark)
            for contact in contacts
            if f"{contact.external_id or ''} {contact.email}".strip().startswith(self.mark)
        }


def crash_at_each_call(monkeypatch, platform, after, options, text, check):
    """Run the part of an import once for each call that it makes, and kill the process there."""
    killer, world = Killer(monkeypatch), DataWorld()
    for at in itertools.count(1):
        world.begin(at)
        world.start(options, text)
        killer.arm(at, after=after)
        try:
            world.run()
            crashed = False
        except Crash:
            crashed = True
        killer.disarm()
        for _ in range(1 + crashed):
            world.run()
        check(world)
        if not crashed:
            platform.aws.purge()
            assert at > 5
            return


@pytest.mark.parametrize(("rows", "after"), [(RowsToImport.ALL, True), (RowsToImport.NEW_ONLY, False)])
def test_people(platform, monkeypatch, after, rows):
    lines = ["id,email,name", *(f"~p{number},~p{number}@example.com,x" for number in range(3))]
    lines += ["~bare,,x", "~known,~other@example.com,x", "~joins,~mail@example.com,x"]
    people = {f"p{number}": f"p{number}@example.com" for number in range(3)}
    people |= {"bare": "", "known": "known@example.com"}
    joined = {"joins" if rows == RowsToImport.ALL else "": "mail@example.com"}

    def check(world):
        assert world.people() == people | joined
        assert world.result()["created"] == 4

    options = DataOptions(kind=DataKind.PEOPLE, key=IdentifierKind.EXTERNAL_ID, key_column="id", rows=rows)
    crash_at_each_call(monkeypatch, platform, after, options, "\n".join(lines), check)


@pytest.mark.parametrize("key", list(IdentifierKind)[:2])
def test_a_person_that_was_deleted_before_a_part_is_repeated_stays_deleted(platform, monkeypatch, key):
    """The first try crashed before it counted its contacts; the deletion has counted them as deleted."""
    world = DataWorld()
    column = "email" if key == IdentifierKind.EMAIL else "id"
    world.start(
        DataOptions(kind=DataKind.PEOPLE, key=key, key_column=column),
        "id,email\n1,a@example.com\n2,b@example.com\n" + ("3,\n4,\n" if column == "id" else ""),
    )
    with monkeypatch.context() as patch:
        patch.setattr(ContactRepository, "count_created", lambda *args, **options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.run()
    for external_id in ("1", "3"):
        contact = bootstrap.contacts().by_identifiers(*world.key, [Identifier.external_id(external_id)])[0]
        if contact is not None:
            bootstrap.contacts().remove(contact)
    other = world.create("a@example.com", None)
    world.run()
    world.run()
    assert world.people() == {"": other.email, "2": "b@example.com"} | ({"4": ""} if column == "id" else {})
    assert world.result()["created"] == (4 if column == "id" else 2)


def test_events(platform, monkeypatch):
    def check(world):
        assert bootstrap.contact_events().count(world.account_id, world.known().id) == 2
        assert world.result() == {"rows": 2, "created": 2}

    options = DataOptions(kind=DataKind.EVENTS, key=IdentifierKind.EXTERNAL_ID, key_column="id")
    crash_at_each_call(monkeypatch, platform, True, options, "id,name\n~known,a\n~known,b\n", check)


def test_relations_and_their_objects(platform, monkeypatch):
    def check(world):
        (relation,) = bootstrap.relations().of_contact(world.account_id, world.known().id)
        assert (relation.object_id, relation.attributes) == (f"{world.mark}a", {"role": "x"})
        stored = bootstrap.data_objects().get(world.account_id, 3, f"{world.mark}a")
        assert bootstrap.data_objects().with_number(world.account_id, stored.number) == stored

    options = DataOptions(kind=DataKind.RELATIONS, key=IdentifierKind.EXTERNAL_ID, key_column="id")
    text = "id,object_type_id,object_id,role\n~known,3,~a,x\n"
    crash_at_each_call(monkeypatch, platform, False, options, text, check)

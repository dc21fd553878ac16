"""Imports of people, events, objects and relationships from a URL, as programs of Customer.io start them."""

import csv
import gzip
import io
import urllib.request
from contextlib import contextmanager

import pytest

from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import Status, WithdrawnBy
from postrider.imports import csv_file
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.names import named
from tests.testing.overrides import overridden

URL = "https://files.example.com/data.csv"
IDS = {"people": "email", "event": "id", "relationship": "id"}


class Site:
    """A web site with one file."""

    def __init__(self):
        self.file = b""

    @contextmanager
    def fetch(self, url, *, max_bytes):
        yield iter([self.file[:10], self.file[10:]])


class World:
    """An account whose programs import files."""

    def __init__(self, platform, site):
        self.platform, self.site, self.owner = platform, site, make_owner()
        self.account_id = self.owner.account_id
        self.app = make_client(self.owner)
        self.list_id = bootstrap.lists().default(self.account_id).id

    def start(self, kind, text, **options):
        self.site.file = text if isinstance(text, bytes) else text.encode()
        own = {"object_type_id": "1"} if kind == "object" else {"identifier": IDS[kind]}
        body = {"name": "A file", "type": kind, "data_file_url": URL, **own, **options}
        answer = self.app.post("/v1/imports", {"import": body})
        assert answer.status == 200, answer.text
        return answer.json["import"]

    def shown(self, started):
        return self.app.get(f"/v1/imports/{started['id']}").json["import"]

    def load(self, kind, text, **options):
        """Import a file and return what became of it."""
        started = self.start(kind, text, **options)
        assert self.platform.drain().failed == []
        return self.shown(started)

    def refused(self):
        """Return codes and first cells of the refused rows of the last import, as the owner finds them."""
        imports = self.owner.api.get(f"/lists/{self.list_id}/imports", query={"sort": "-created_on"}).json["data"]
        with urllib.request.urlopen(imports[0]["refused_url"]) as answer:
            _, *rows = csv.reader(io.StringIO(answer.read().decode(), newline=""))
        return [(row[0], row[1], row[3]) for row in rows]

    def person(self, identifier):
        (contact,) = bootstrap.contacts().by_identifiers(self.account_id, self.list_id, [identifier])
        return contact

    def by_id(self, external_id):
        return self.person(Identifier.external_id(external_id))

    def by_email(self, email):
        return self.person(Identifier.email(email))

    def create(self, email=None, external_id=None):
        return bootstrap.contacts().upserts.create(self.account_id, self.list_id, email=email, external_id=external_id)


@pytest.fixture(scope="module")
def site(platform):
    site = Site()
    with overridden(fetcher=site):
        yield site


@pytest.fixture
def world(platform, site):
    return World(platform, site)


def rows_of(shown):
    return shown["state"], shown["rows_to_import"], shown["rows_imported"]


def test_an_import_goes_through_its_states_in_order(world, monkeypatch):
    monkeypatch.setattr(csv_file, "PART_BYTES", 30)
    states = []
    started = world.start(
        "people", "email,Plan,plan\nada@example.com,Pro,pro\nben@example.com,,free\n", description="d"
    )
    messages = []

    def step():
        state = world.shown(started)["state"]
        if not states or states[-1] != state:
            states.append(state)

    runner, run = bootstrap.task_runner(), bootstrap.task_runner().run

    def watched(message):
        step()
        messages.append(message)
        run(message)
        step()

    monkeypatch.setattr(runner, "run", watched)
    world.platform.drain()
    assert states == ["preprocessing", "validating", "validated", "importing", "imported"]
    shown = world.shown(started)
    assert rows_of(shown) == ("imported", 2, 2)
    assert (shown["id"], shown["name"], shown["description"], shown["type"]) == (started["id"], "A file", "d", "people")
    assert (shown["data_to_process"], shown["people_to_process"], shown["identifier"]) == ("all", "all", "email")
    assert named(world.by_email("ada@example.com")).attributes == {"Plan": "Pro", "plan": "pro"}
    for message in messages:  # a queue may deliver again
        run(message)
    assert world.shown(started) == shown


def test_people_are_named_by_their_own_ids(world):
    world.create("known@example.com", "known")
    world.create("mail@example.com")
    world.create(external_id="without")
    text = (
        "id,email,name\n"
        "new,New@Example.com,Nina\n"
        "bare,,Bea\n"
        "known,other@example.com,Kim\n"
        "joins,mail@example.com,Mia\n"
        "without,gets@example.com,Wim\n"
        "taken,known@example.com,Tom\n"
        "new,,Nora\n"
        ",no@example.com,Nobody\n"
    )
    shown = world.load("people", text, identifier="id")
    assert rows_of(shown) == ("imported", 7, 7)
    assert world.refused() == [("8", "csv_cell_missing", "")]
    emails = {
        name: (person.email, named(person).attributes["name"], person.status)
        for name in ("new", "bare", "known", "joins", "without", "taken")
        if (person := world.by_id(name))
    }
    assert emails == {
        "new": ("New@Example.com", "Nora", Status.ACTIVE),
        "bare": ("", "Bea", Status.UNADDRESSED),
        "known": ("known@example.com", "Kim", Status.ACTIVE),
        "joins": ("mail@example.com", "Mia", Status.ACTIVE),
        "without": ("gets@example.com", "Wim", Status.ACTIVE),
        "taken": ("", "Tom", Status.UNADDRESSED),
    }
    counts = bootstrap.contacts().counts(world.account_id, world.list_id)
    assert (counts[Status.ACTIVE], counts[Status.UNADDRESSED]) == (4, 2)
    assert bootstrap.contacts().recount(world.account_id, world.list_id)[Status.ACTIVE] == 4


def test_an_import_brings_nobody_back_and_lets_people_leave(world):
    left = world.create("left@example.com", "left")
    bootstrap.contacts().unsubscribe(world.account_id, world.list_id, left.id, by=WithdrawnBy.PERSON)
    text = (
        "email,id,unsubscribed,note\n"
        "left@example.com,left,false,a\n"
        "new@example.com,new,false,b\n"
        "gone@example.com,gone,true,c\n"
        "not an address,x,,d\n"
    )
    assert rows_of(world.load("people", text)) == ("imported", 3, 3)
    assert {email: world.by_email(f"{email}@example.com").status for email in ("left", "new", "gone")} == {
        "left": Status.UNSUBSCRIBED,
        "new": Status.ACTIVE,
        "gone": Status.UNSUBSCRIBED,
    }
    assert world.refused() == [("4", "email_invalid", "not an address")]
    assert named(world.by_id("left")).attributes == {"note": "a"}


def test_an_erased_person_is_not_stored_again(world):
    world.owner.api.post("/people/erase", json={"email": "erased@example.com"})
    assert rows_of(world.load("people", "email\nerased@example.com\n")) == ("imported", 0, 0)
    assert world.refused() == [("1", "erased", "erased@example.com")]
    world.load("people", "id,email\n7,erased@example.com\n", identifier="id")
    assert world.by_id("7").email == ""


@pytest.mark.parametrize(
    ("wanted", "names"), [("only_new", {"old": "before", "new": "after"}), ("only_existing", {"old": "after"})]
)
def test_only_new_or_only_existing_people_are_imported(world, wanted, names):
    world.load("people", "email,name\nold@example.com,before\n")
    text = "email,name\nold@example.com,after\nnew@example.com,after\n"
    assert rows_of(world.load("people", text, data_to_process=wanted)) == ("imported", 1, 1)
    people = {name: world.by_email(f"{name}@example.com") for name in ("old", "new")}
    assert {name: named(person).attributes["name"] for name, person in people.items() if person} == names


def test_events_are_imported_for_people_who_exist(world):
    person = world.create("ada@example.com", "1")
    text = (
        "id,name,timestamp,total\n"
        "1,order,1700000000,5\n"
        "1,refund,2023-11-15T00:00:00Z,\n"
        "2,order,1700000000,5\n"
        "1,,1700000000,5\n"
        "1,order,yesterday,5\n"
    )
    shown = world.load("event", text)
    assert rows_of(shown) == ("imported", 0, 0)  # older than 400 days, and so not kept
    assert shown["people_to_process"] == "all"
    assert sorted((row, code) for row, code, _ in world.refused()) == [
        ("1", "event_too_old"),
        ("2", "event_too_old"),
        ("3", "person_unknown"),
        ("4", "csv_cell_missing"),
        ("5", "timestamp_invalid"),
    ]
    moment = int(world.platform.clock().timestamp()) - 60
    world.load("event", f"id,name,timestamp,total\n1,order,{moment},5\n1,order,,\n")
    events = list(bootstrap.contact_events().newest(world.account_id, person.id))
    assert [(event.name, event.properties) for event in events] == [("order", {}), ("order", {"total": "5"})]
    assert events[1].occurred_at.timestamp() == moment
    assert world.by_id("2") is None


def test_objects_are_imported_with_their_attributes(world):
    text = "object_id,name,seats\nacme/1,Acme,3\nglobex,,\nacme/1,Acme Corp,\n,Nameless,1\n"
    assert rows_of(world.load("object", text)) == ("imported", 3, 3)
    assert [code for _, code, _ in world.refused()] == ["csv_cell_missing"]
    objects = bootstrap.data_objects()
    assert objects.get(world.account_id, 1, "acme/1").attributes == {"name": "Acme Corp", "seats": "3"}
    assert objects.get(world.account_id, 1, "globex").attributes == {}
    again = "object_id,name\nglobex,Globex\ninitech,Initech\n"
    assert rows_of(world.load("object", again, data_to_process="only_existing")) == ("imported", 1, 1)
    assert set(objects.among(world.account_id, 1, ["globex", "initech"])) == {"globex"}


@pytest.mark.parametrize("identifier", ["id", "email", "cio_id"])
def test_relationships_are_imported_for_people_who_exist(world, identifier):
    person = world.create("ada@example.com", "1")
    name = {"id": "1", "email": "Ada@example.com", "cio_id": f"cio_{person.id:x}"}[identifier]
    text = f"{identifier},object_type_id,object_id,role\n{name},2,acme,owner\n{name},0,acme,\nx@example.com,2,acme,\n"
    assert rows_of(world.load("relationship", text, identifier=identifier)) == ("imported", 1, 1)
    assert len(world.refused()) == 2
    (relation,) = bootstrap.relations().of_contact(world.account_id, person.id)
    assert (relation.type_id, relation.object_id, relation.attributes) == (2, "acme", {"role": "owner"})
    assert world.by_email("ada@example.com").has_records


def test_a_file_may_be_compressed(world):
    assert rows_of(world.load("people", gzip.compress(b"email\nada@example.com\n"))) == ("imported", 1, 1)
    shown = world.load("people", gzip.compress(b"email\nada@example.com\n" * 100)[:-20])
    assert shown["state"] in ("failed", "imported")
    assert world.load("people", b"\x1f\x8bbroken")["state"] == "failed"


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("people", "mail\nada@example.com\n", "no column 'email'"),
        ("people", "Email\nada@example.com\n", "no column 'email'"),
        ("people", "email,a,a\nx@example.com,1,2\n", "Several columns"),
        ("people", "email," + ",".join(f"c{number}" for number in range(100)) + "\n", "Too many columns"),
        ("event", "id,timestamp\n1,2\n", "no column 'name'"),
        ("object", "id\n1\n", "no column 'object_id'"),
        ("relationship", "id,object_id\n1,2\n", "no column 'object_type_id'"),
        ("people", "", "not a header"),
    ],
)
def test_a_file_that_cannot_be_imported_fails_with_the_reason(world, kind, text, reason):
    shown = world.load(kind, text)
    assert (shown["state"], shown["rows_imported"]) == ("failed", 0)
    assert reason in shown["error"]


def test_the_platform_fetches_nothing_from_its_own_network(platform):
    app = make_client(make_owner())
    body = {"name": "x", "type": "people", "identifier": "id", "data_file_url": "http://169.254.169.254/latest"}
    with overridden(fetcher=None):
        started = app.post("/v1/imports", {"import": body}).json["import"]
        platform.drain()
    shown = app.get(f"/v1/imports/{started['id']}").json["import"]
    assert (shown["state"], "not allowed" in shown["error"]) == ("failed", True)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "friends"},
        {"identifier": "phone"},
        {"identifier": None},
        {"name": " "},
        {"data_file_url": ""},
        {"data_file_url": "x" * 3000},
        {"type": "event", "data_to_process": "only_new"},
        {"type": "object"},
        {"type": "object", "object_type_id": "0"},
        {"data_to_process": "some"},
    ],
)
def test_a_wrong_import_is_refused(world, change):
    body = {"name": "x", "type": "people", "identifier": "id", "data_file_url": URL} | change
    assert world.app.post("/v1/imports", {"import": body}).status == 400


def test_an_import_of_another_account_is_unknown(world):
    started = world.start("people", "email\nada@example.com\n")
    for client, import_id in ((make_client(make_owner()), started["id"]), (world.app, 0), (world.app, 10**17)):
        assert client.get(f"/v1/imports/{import_id}").status == 404

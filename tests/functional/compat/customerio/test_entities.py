"""Version 2 of the Track API: one form of call for all that happens to people and objects, alone or in batches."""

import pytest

from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import Status
from tests.testing.customerio import TRACK, CustomerioApi, make_client
from tests.testing.dialects import DIALECTS
from tests.testing.factories.accounts import make_owner
from tests.testing.names import named


class World:
    def __init__(self):
        self.owner = make_owner()
        self.account_id = self.owner.account_id
        self.track = make_client(self.owner, TRACK)

    def person(self, external_id):
        list_id = bootstrap.lists().default(self.account_id).id
        identifier = Identifier.external_id(external_id)
        return bootstrap.contacts().by_identifiers(self.account_id, list_id, [identifier])[0]

    def do(self, kind, action, identifiers, **members):
        body = {"type": kind, "action": action, "identifiers": identifiers, **members}
        answer = self.track.post("/api/v2/entity", body)
        assert (answer.status, answer.json) == (200, {}), answer.text

    def relations(self, external_id):
        person = self.person(external_id)
        return {
            (relation.type_id, relation.object_id): relation.attributes
            for relation in bootstrap.relations().of_contact(self.account_id, person.id)
        }


@pytest.fixture
def world(platform):
    return World()


def related(identifiers, **attributes):
    return {"identifiers": identifiers, "relationship_attributes": attributes}


def test_a_person_is_identified_related_and_deleted(world):
    acme = {"object_type_id": "1", "object_id": "acme"}
    attributes = {"email": "ada@example.com", "plan": "pro", "unsubscribed": False}
    world.do("person", "identify", {"id": "1"}, attributes=attributes, cio_relationships=[related(acme, role="owner")])
    person = world.person("1")
    assert (person.email, person.status, named(person).attributes) == (
        "ada@example.com",
        Status.ACTIVE,
        {"plan": "pro"},
    )
    assert world.relations("1") == {(1, "acme"): {"role": "owner"}}
    cio_object_id = f"ob{bootstrap.data_objects().get(world.account_id, 1, 'acme').number:x}"
    world.do(
        "person",
        "add_relationships",
        {"cio_id": f"cio_{person.id:x}"},
        cio_relationships=[
            related({"cio_object_id": cio_object_id}, since=2020),
            related({"object_type_id": 2, "object_id": "course"}),
        ],
    )
    assert world.relations("1") == {(1, "acme"): {"role": "owner", "since": 2020}, (2, "course"): {}}
    world.do("person", "delete_relationships", {"email": "Ada@example.com"}, cio_relationships=[related(acme)])
    assert world.relations("1") == {(2, "course"): {}}
    world.do("person", "delete", {"id": "1"})
    assert world.person("1") is None
    world.do("person", "delete", {"id": "1"})


def test_events_and_devices_of_a_person(world):
    world.do("person", "event", {"id": "1"}, name="order", attributes={"total": 5}, id="o-1")
    world.do("person", "event", {"id": "1"}, name="order", attributes={"total": 5}, id="o-1")
    world.do("person", "page", {"id": "1"}, name="/pricing")
    person = world.person("1")
    events = bootstrap.contact_events().newest(world.account_id, person.id)
    assert {(event.name, event.kind.value) for event in events} == {("order", "event"), ("/pricing", "page")}
    world.do("person", "add_device", {"id": "1"}, device={"token": "t-1", "platform": "ios"})
    world.do("person", "add_device", {"id": "1"}, device={"id": "t-2", "platform": "android"})
    world.do("person", "delete_device", {"id": "1"}, device={"token": "t-1"})
    assert [device.token for device in bootstrap.devices().of(world.account_id, person.id)] == ["t-2"]


def test_a_visitor_becomes_a_person(world):
    world.track.post("/api/v1/events", {"name": "view", "anonymous_id": "v-1"})
    world.do("person", "identify", {"id": "1"}, attributes={"anonymous_id": "v-1"})
    assert bootstrap.contact_events().count(world.account_id, world.person("1").id) == 1


def test_a_suppressed_person_is_not_mailed_until_it_is_lifted(world):
    world.do("person", "identify", {"id": "1"}, attributes={"email": "ada@example.com"})
    world.do("person", "suppress", {"id": "1"})
    assert not world.person("1").is_mailable
    assert world.person("1").suppressed
    world.do("person", "unsuppress", {"id": "1"})
    assert not world.person("1").suppressed


def test_two_people_are_merged_with_their_records(world):
    world.do("person", "event", {"id": "1"}, name="kept")
    world.do("person", "event", {"id": "2"}, name="moved")
    acme = {"object_type_id": "1", "object_id": "acme"}
    world.do("person", "add_relationships", {"id": "2"}, cio_relationships=[related(acme)])
    body = {"type": "person", "action": "merge", "primary": {"id": "1"}, "secondary": {"id": "2"}}
    for _ in range(2):
        assert world.track.post("/api/v2/entity", body).json == {}
    assert bootstrap.contact_events().count(world.account_id, world.person("1").id) == 2
    assert world.relations("1") == {(1, "acme"): {}}
    assert world.track.post("/api/v2/entity", {**body, "secondary": None}).status == 400


def test_an_object_is_identified_related_and_deleted(world):
    acme = {"object_type_id": "1", "object_id": "acme"}
    people = [
        related({"id": "1"}, role="owner"),
        related({"email": "ben@example.com"}),
        related({"cio_id": "cio_ffffff"}),
    ]
    world.do("object", "identify", acme, attributes={"name": "Acme", "seats": 3}, cio_relationships=people)
    stored = bootstrap.data_objects().get(world.account_id, 1, "acme")
    assert stored.attributes == {"name": "Acme", "seats": 3}
    assert world.relations("1") == {(1, "acme"): {"role": "owner"}}
    related_people = bootstrap.relations().of_object(world.account_id, 1, "acme", limit=10)
    assert len(related_people.items) == 2
    world.do("object", "identify", {"cio_object_id": f"ob{stored.number:x}"}, attributes={"name": "", "city": "Rome"})
    assert bootstrap.data_objects().get(world.account_id, 1, "acme").attributes == {"seats": 3, "city": "Rome"}
    world.do("object", "delete_relationships", acme, cio_relationships=people)
    assert world.relations("1") == {}
    world.do("object", "add_relationships", acme, cio_relationships=people[:1])
    for identifiers in (acme, acme, {"cio_object_id": f"ob{stored.number:x}"}):
        world.do("object", "delete", identifiers)
    assert world.relations("1") == {}
    assert bootstrap.data_objects().among(world.account_id, 1, ["acme"]) == {}


@pytest.mark.parametrize(
    "body",
    [
        {"type": "person", "action": "identify", "identifiers": {}},
        {"type": "person", "action": "jump", "identifiers": {"id": "1"}},
        {"type": "delivery", "action": "event", "identifiers": {"id": "1"}},
        {"type": "object", "action": "event", "identifiers": {"object_type_id": "1", "object_id": "a"}},
        {"type": "object", "action": "identify", "identifiers": {"object_id": "a"}},
        {"type": "object", "action": "identify", "identifiers": {"object_type_id": "one", "object_id": "a"}},
        {"type": "object", "action": "identify", "identifiers": {"object_type_id": "1"}},
        {"type": "person", "action": "event", "identifiers": {"id": "1"}},
        {"type": "person", "action": "add_device", "identifiers": {"id": "1"}},
        {"type": "person", "action": "add_device", "identifiers": {"id": "1"}, "device": {"token": "x"}},
        {"type": "person", "action": "identify", "identifiers": {"email": "no address"}},
    ],
)
def test_a_wrong_action_is_refused_and_makes_nobody(world, body):
    answer = world.track.post("/api/v2/entity", body)
    assert (answer.status, list(answer.json["meta"])) == (400, ["errors"])
    assert (
        bootstrap.contacts().counts(world.account_id, bootstrap.lists().default(world.account_id).id)[
            Status.UNADDRESSED
        ]
        == 0
    )


def test_a_batch_does_what_it_can_and_reports_the_rest(world):
    order = {"type": "person", "action": "event", "identifiers": {"id": "1"}, "name": "order"}
    batch = [
        {"type": "person", "action": "identify", "identifiers": {"id": "1"}, "attributes": {"plan": "free"}},
        {"type": "person", "action": "identify", "identifiers": {"id": "1"}, "attributes": {"plan": "pro"}},
        {"type": "person", "action": "fly", "identifiers": {"id": "2"}},
        *({**order, "id": f"o-{number % 3}"} for number in range(6)),
        {"type": "object", "action": "identify", "identifiers": {"object_type_id": "x", "object_id": "a"}},
        *(
            {
                "type": "object",
                "action": "identify",
                "identifiers": {"object_type_id": "1", "object_id": f"company {number}"},
                "cio_relationships": [{"identifiers": {"id": "1"}}],
            }
            for number in range(5)
        ),
    ]
    answer = world.track.post("/api/v2/batch", {"batch": batch})
    assert answer.status == 200, answer.text
    assert [(error["batch_index"], error["reason"], error["field"]) for error in answer.json["errors"]] == [
        (2, "invalid", "action"),
        (9, "invalid", "object_type_id"),
    ]
    assert named(world.person("1")).attributes == {"plan": "pro"}
    assert bootstrap.contact_events().count(world.account_id, world.person("1").id) == 3
    assert len(world.relations("1")) == 5
    assert world.track.post("/api/v2/batch", {"batch": batch[:2]}).json == {}
    for wrong in ({}, {"batch": []}, {"batch": [1]}, {"batch": [{}] * 1001}):
        assert world.track.post("/api/v2/batch", wrong).status == 400


def test_each_action_needs_its_own_right(world):
    narrow = DIALECTS[TRACK].client(world.owner, ["records:write"])
    client = CustomerioApi(TRACK, DIALECTS[TRACK].form.header_value(narrow.public, narrow.secret))
    acme = {"type": "object", "action": "identify", "identifiers": {"object_type_id": "1", "object_id": "acme"}}
    person = {"type": "person", "action": "identify", "identifiers": {"id": "1"}}
    event = {**person, "action": "event", "name": "order"}
    assert client.post("/api/v2/entity", acme).status == 200
    assert [client.post("/api/v2/entity", body).status for body in (person, event)] == [403, 403]
    errors = client.post("/api/v2/batch", {"batch": [acme, person, event]}).json["errors"]
    assert [(error["batch_index"], error["reason"]) for error in errors] == [(1, "forbidden"), (2, "forbidden")]
    assert world.person("1") is None

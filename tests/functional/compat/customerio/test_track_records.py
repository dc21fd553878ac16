"""Events, devices and relations over the Track API."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import Status
from tests.testing.customerio import TRACK, make_client
from tests.testing.factories.accounts import make_owner


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def track(owner):
    return make_client(owner, TRACK)


class People:
    """The people of an account, by their identifiers."""

    def __init__(self, owner):
        self.account_id = owner.account_id

    def find(self, identifier):
        list_id = bootstrap.lists().default(self.account_id).id
        (contact,) = bootstrap.contacts().by_identifiers(self.account_id, list_id, [identifier])
        return contact

    def events(self, identifier):
        contact = self.find(identifier)
        return [] if contact is None else list(bootstrap.contact_events().newest(self.account_id, contact.id))

    def devices(self, identifier):
        return [device.token for device in bootstrap.devices().of(self.account_id, self.find(identifier).id)]


@pytest.fixture(scope="module")
def people(owner):
    return People(owner)


def test_an_event_makes_the_person_and_is_recorded_with_its_data(track, people, platform):
    moment = int(platform.clock().timestamp()) - 60
    body = {"name": " order ", "data": {"total": 5}, "timestamp": moment, "unknown": 1}
    answer = track.post("/api/v1/customers/shop%2F1/events", body)
    assert (answer.status, answer.json) == (200, {})
    (event,) = people.events(Identifier.external_id("shop/1"))
    assert (event.name, event.kind, event.properties) == ("order", "event", {"total": 5})
    assert event.occurred_at.timestamp() == moment
    assert people.find(Identifier.external_id("shop/1")).status == Status.UNADDRESSED


def test_a_person_is_named_by_address_id_or_cio_id(track, people):
    track.post("/api/v1/customers/Ada@example.com/events", {"name": "first"})
    ada = people.find(Identifier.email("ada@example.com"))
    assert ada.status == Status.ACTIVE
    track.post(f"/api/v1/customers/cio_{ada.id:x}/events", {"name": "page", "type": "page"})
    assert {event.name for event in people.events(Identifier.email("ada@example.com"))} == {"first", "page"}
    unknown = track.post("/api/v1/customers/cio_fffffff/events", {"name": "lost"})
    assert (unknown.status, unknown.json) == (200, {})


def test_an_event_with_an_id_is_recorded_once(track, people, platform):
    for _ in range(2):
        assert track.post("/api/v1/customers/once/events", {"name": "order", "id": "01HX"}).status == 200
        platform.clock.move(timedelta(seconds=1))
    assert len(people.events(Identifier.external_id("once"))) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": " "},
        {"name": "a", "data": []},
        {"name": "a", "type": "click"},
        {"name": "a", "timestamp": 10**20},
        {"name": "a", "timestamp": -1},
        {"name": "a", "data": {"x": "y" * 33_000}},
    ],
)
def test_a_wrong_event_is_refused_and_makes_nobody(track, people, body):
    answer = track.post("/api/v1/customers/nobody/events", body)
    assert (answer.status, list(answer.json["meta"])) == (400, ["errors"])
    assert people.find(Identifier.external_id("nobody")) is None


def test_events_of_a_visitor_wait_for_the_identification(track, owner, people):
    assert track.post("/api/v1/events", {"name": "view", "anonymous_id": "v-1", "id": "e-1"}).json == {}
    assert track.post("/api/v1/events", {"name": "of nobody"}).status == 200
    assert track.post("/api/v1/events", {"name": "view", "anonymous_id": "v" * 151}).status == 400
    track.post("/api/v1/customers/visitor/events", {"name": "seen"})
    bootstrap.contact_recording().identify(people.find(Identifier.external_id("visitor")), "v-1")
    assert {event.name for event in people.events(Identifier.external_id("visitor"))} == {"view", "seen"}


def test_later_events_of_a_visitor_wait_for_the_next_identification(track, people, platform):
    track.post("/api/v1/customers/returning/events", {"name": "seen"})
    person = people.find(Identifier.external_id("returning"))
    bootstrap.contact_recording().identify(person, "v-2")
    track.post("/api/v1/events", {"name": "soon", "anonymous_id": "v-2"})
    platform.clock.move(timedelta(minutes=6))
    track.post("/api/v1/events", {"name": "late", "anonymous_id": "v-2"})
    assert {event.name for event in people.events(Identifier.external_id("returning"))} == {"seen", "soon"}
    bootstrap.contact_recording().identify(person, "v-2")
    assert {event.name for event in people.events(Identifier.external_id("returning"))} == {"seen", "soon", "late"}


def test_devices_are_put_and_deleted(track, people):
    path = "/api/v1/customers/phones/devices"
    device = {"id": "token/1", "platform": "ios", "last_used": 1700000000, "attributes": {"app": "1.0"}}
    assert track.put(path, {"device": device}).json == {}
    assert track.put(path, {"device": {"id": "token-2", "platform": "android"}}).status == 200
    assert people.devices(Identifier.external_id("phones")) == ["token-2", "token/1"]
    for _ in range(2):
        assert track.delete(f"{path}/token%2F1").json == {}
    assert people.devices(Identifier.external_id("phones")) == ["token-2"]
    for wrong in ({}, {"device": {"id": "x"}}, {"device": {"id": " ", "platform": "ios"}}):
        assert track.put(path, wrong).status == 400
    assert track.delete("/api/v1/customers/unknown/devices/x").status == 200


def test_an_account_sees_only_its_own_people(track, owner, people):
    track.post("/api/v1/customers/mine/events", {"name": "order"})
    person = people.find(Identifier.external_id("mine"))
    stranger = make_client(make_owner(), TRACK)
    stranger.post(f"/api/v1/customers/cio_{person.id:x}/events", {"name": "theirs"})
    stranger.put(f"/api/v1/customers/cio_{person.id:x}/devices", {"device": {"id": "x", "platform": "ios"}})
    assert [event.name for event in people.events(Identifier.external_id("mine"))] == ["order"]
    assert people.devices(Identifier.external_id("mine")) == []

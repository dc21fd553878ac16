"""Events are stored with their change, when somebody takes them, and reach their consumers whatever crashes."""

from datetime import timedelta

import pytest

from functions.schedules.sweep_outbox.handler import lambda_handler as sweep_outbox
from infra.bench.meter import Meter
from postrider import bootstrap
from postrider.mail_events.model import EventType
from postrider.outbox.model import EventSubscriber
from postrider.outbox.queue_messages import RelayEvents
from postrider.outbox.repository import EventSubscriberRepository
from postrider.outbox.subscribers import EventSubscribers
from postrider.outbox.table import OutboxItem
from postrider.storage.dynamo import transaction
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.events import KIND, RecordedEvents, consumer, subscribe
from tests.testing.factories.lists import make_list
from tests.testing.standin import lambda_context

ADDED, SUBSCRIBED, UNSUBSCRIBED = "contact.added", "contact.subscribed", "contact.unsubscribed"


@pytest.fixture
def kept(platform, monkeypatch):
    with consumer(monkeypatch) as kept_events:
        yield kept_events


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    return make_list(owner)


def stored_items(account_id):
    return [item for item in OutboxItem.scan() if item.account_id == account_id]


def test_a_subscription_and_its_end_reach_the_consumer_with_ids_only(platform, kept, owner, list_id):
    subscribe(owner.account_id, SUBSCRIBED, UNSUBSCRIBED)
    (contact_id,) = add_contacts(owner, list_id, "ann@example.com")
    assert owner.api.post(f"/lists/{list_id}/contacts/{contact_id}/unsubscribe").status == 200
    assert platform.drain("relay-domain-events").failed == []
    assert kept.types == [SUBSCRIBED, UNSUBSCRIBED]
    first, second = kept.received
    assert (first.list_id, first.data) == (list_id, {"contact_id": contact_id, "consent_number": 0})
    assert second.data == {"contact_id": contact_id, "consent_number": 1}
    assert (first.actor.user_id, first.actor.ip) == (owner.user_id, "198.51.100.7")
    assert first.id != second.id
    assert stored_items(owner.account_id) == []


def test_events_without_receiver_are_not_stored_or_enqueued(platform, kept, owner, list_id):
    add_contacts(owner, list_id, "first@example.com")
    with Meter() as before:
        add_contacts(owner, list_id, "ann@example.com")
    subscribe(owner.account_id, ADDED, list_id=list_id + 1)
    add_contacts(owner, list_id, "second@example.com")
    with Meter() as after:
        add_contacts(owner, list_id, "bob@example.com")
    assert (after.write_units, after.total_calls) == (before.write_units, before.total_calls)
    assert stored_items(owner.account_id) == []
    assert platform.drain("relay-domain-events").handled == 0


def test_a_subscriber_that_another_process_has_just_stored_gets_the_next_event(platform, kept, owner, list_id):
    add_contacts(owner, list_id, "first@example.com")
    with transaction() as writes:
        subscriber = EventSubscriber(kind=KIND, id="1", types=frozenset({SUBSCRIBED}))
        EventSubscribers(EventSubscriberRepository()).add_to(writes, owner.account_id, subscriber)
    (contact_id,) = add_contacts(owner, list_id, "ann@example.com")
    platform.drain("relay-domain-events")
    assert [event.data["contact_id"] for event in kept.received] == [contact_id]


def test_a_subscriber_of_a_list_gets_the_events_of_this_list(platform, kept, owner, list_id):
    subscribe(owner.account_id, ADDED, list_id=list_id)
    add_contacts(owner, make_list(owner), "ann@example.com")
    (contact_id,) = add_contacts(owner, list_id, "ann@example.com")
    platform.drain("relay-domain-events")
    assert [(event.list_id, event.data["contact_id"]) for event in kept.received] == [(list_id, contact_id)]


def test_an_event_whose_message_was_lost_is_relayed_by_the_sweeper(platform, kept, owner, list_id, monkeypatch):
    subscribe(owner.account_id, ADDED)
    with monkeypatch.context() as patch:
        patch.setattr(type(bootstrap.queue()), "send", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("crash")))
        add_contacts(owner, list_id, "ann@example.com")
    assert platform.drain("relay-domain-events").handled == 0
    assert len(stored_items(owner.account_id)) == 1
    sweep_outbox({}, lambda_context("sweep-outbox"))
    assert platform.drain("relay-domain-events").handled == 0  # it may still be on its way
    platform.clock.move(timedelta(minutes=3))
    sweep_outbox({}, lambda_context("sweep-outbox"))
    sweep_outbox({}, lambda_context("sweep-outbox"))
    assert platform.drain("relay-domain-events").handled == 1
    assert kept.types == [ADDED]


def test_an_item_is_kept_until_its_consumer_succeeds_and_repeated_events_have_the_same_id(
    platform, kept, owner, list_id, monkeypatch
):
    subscribe(owner.account_id, ADDED)
    add_contacts(owner, list_id, "ann@example.com")
    (item,) = stored_items(owner.account_id)
    message = RelayEvents(account_id=owner.account_id, shard=int(item.pk.partition("#")[2]), key=item.sk)
    with monkeypatch.context() as patch:
        patch.setattr(RecordedEvents, "receive", lambda *_: (_ for _ in ()).throw(RuntimeError("crash")))
        with pytest.raises(RuntimeError):
            bootstrap.event_relay().relay(message)
    bootstrap.event_relay().relay(message)
    bootstrap.event_relay().relay(message)  # delivered twice
    platform.drain("relay-domain-events")
    assert kept.types == [ADDED]


def test_a_refused_change_leaves_no_event(platform, kept, owner, list_id):
    subscribe(owner.account_id, "contact.updated", ADDED)
    first, _ = add_contacts(owner, list_id, "ann@example.com", "bob@example.com")
    answer = owner.api.patch(f"/lists/{list_id}/contacts/{first}", json={"email": "bob@example.com"})
    assert answer.status == 400
    platform.drain("relay-domain-events")
    assert kept.types == [ADDED, ADDED]


def test_tags_and_values_have_events_of_their_own(platform, kept, owner, list_id):
    subscribe(owner.account_id, "contact.updated", "contact.tagged", "contact.untagged", "contact.removed")
    (contact_id,) = add_contacts(owner, list_id, "ann@example.com")
    path = f"/lists/{list_id}/contacts/{contact_id}"
    assert owner.api.post(f"{path}/tag", json={"tags": ["vip"]}).status == 200
    assert owner.api.post(f"{path}/untag", json={"tags": ["vip"]}).status == 200
    assert owner.api.patch(path, json={"email": "Ann@Example.com"}).status == 200
    assert owner.api.delete(path).status == 200
    platform.drain("relay-domain-events")
    assert kept.types == ["contact.tagged", "contact.untagged", "contact.updated", "contact.removed"]
    assert all(event.data["contact_id"] == contact_id for event in kept.received)


def test_each_contact_of_an_import_is_announced_and_a_repeated_part_has_the_same_ids(platform, kept, owner, list_id):
    subscribe(owner.account_id, SUBSCRIBED)
    body = {"contacts": [{"email": f"person{number}@example.com"} for number in range(60)]}
    ids = owner.api.post(f"/lists/{list_id}/import-contacts", json=body).json["id"]
    platform.drain("add-contacts", "relay-domain-events")
    assert sorted(event.data["contact_id"] for event in kept.received) == sorted(ids)
    assert len({event.id for event in kept.received}) == 60


def test_mails_of_a_campaign_are_announced_from_the_log(platform, kept, owner, list_id):
    subscribe(owner.account_id, "email.sent", "email.opened")
    ids = add_contacts(owner, list_id, *[f"person{number}@example.com" for number in range(3)])
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain()
    assert kept.types == ["email.sent"] * 3
    assert {event.data["contact_id"] for event in kept.received} == set(ids)
    assert {event.data["source"] for event in kept.received} == {f"campaign#{campaign_id}"}


def test_an_open_recorded_again_is_announced_again_except_opens_by_machines(platform, kept, owner):
    subscribe(owner.account_id, "email.opened")
    campaign = make_sent_campaign(owner)
    done = campaign.did(EventType.OPENED, 0)
    campaign.did(EventType.OPENED, 1, is_bot=True)
    bootstrap.events().record([done])  # its worker died and its message came back
    platform.drain("relay-domain-events")
    assert [event.data["contact_id"] for event in kept.received] == [campaign.contact_ids[0]] * 2
    assert len({event.id for event in kept.received}) == 1

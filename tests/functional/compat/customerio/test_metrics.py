"""Metrics of messages that programs report over the Track API have the effects of the platform's own events."""

import uuid

import pytest

from postrider import bootstrap
from postrider.kit.wire_ids import with_padding
from postrider.mail_events.model import LogQuery
from postrider.messages.ids import copy_key
from postrider.messages.model import MessageKey
from postrider.transactional.model import MailAddress, MailRequest
from tests.testing.customerio import TRACK, CustomerioApi, make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import SENT_MS, make_sent_campaign
from tests.testing.factories.lists import make_sender

pytestmark = pytest.mark.usefixtures("platform")
PATH = "/api/v1/metrics"
SENT = SENT_MS // 1000


@pytest.fixture(scope="module")
def campaign(platform):
    return make_sent_campaign(make_owner(), contacts=5)


@pytest.fixture(scope="module")
def track(campaign):
    return make_client(campaign.owner, TRACK)


def message_id(campaign, place):
    key = MessageKey(campaign.source, campaign.list_id, campaign.contact_ids[place])
    return with_padding(bootstrap.message_ids().of(campaign.owner.account_id, key))


def metrics(campaign, place):
    (message,) = bootstrap.messages().of_recipients(
        campaign.owner.account_id, [MessageKey(campaign.source, campaign.list_id, campaign.contact_ids[place])]
    )
    return {metric.value: int(at.timestamp()) for metric, at in message.moments.items()}


def rows(campaign, place):
    account_id, contact_id = campaign.owner.account_id, campaign.contact_ids[place]
    query = LogQuery(contact_ids=frozenset({contact_id}))
    found = bootstrap.events().newest(account_id, campaign.source, query, 50)
    return [row for row in found if row.is_reported]


def contact(campaign, place):
    return bootstrap.contacts().get(campaign.owner.account_id, campaign.list_id, campaign.contact_ids[place])


def test_a_metric_counts_once_for_a_message_and_a_moment(track, campaign):
    for metric, at in (("delivered", 5), ("opened", 60), ("opened", 60), ("opened", 90), ("converted", 100)):
        body = {"delivery_id": message_id(campaign, 0), "metric": metric, "timestamp": SENT + at}
        assert track.post(PATH, body).json == {}
    reached = metrics(campaign, 0)
    assert [reached[name] - SENT for name in ("delivered", "opened", "converted")] == [5, 60, 100]
    assert sorted(row.type.value for row in rows(campaign, 0)) == ["converted", "delivered", "opened", "opened"]


def test_a_click_is_that_of_its_link_and_of_a_person(track, campaign):
    bootstrap.link_table().save(campaign.owner.account_id, campaign.source, {3: "https://example.com/offer"})
    for href in ("https://example.com/offer", "https://example.com/other"):
        track.post(PATH, {"delivery_id": message_id(campaign, 1), "metric": "clicked", "timestamp": SENT, "href": href})
        track.post(PATH, {"delivery_id": message_id(campaign, 1), "metric": "clicked", "timestamp": SENT + 1})
    first, second = sorted(rows(campaign, 1), key=lambda row: row.id)
    assert (first.link_id, first.url, first.is_bot) == (3, "https://example.com/offer", False)
    assert (second.link_id, second.url) == (None, None)


@pytest.mark.parametrize(
    ("place", "reason", "status", "bounce"),
    [(2, "550 5.1.1 no such user", "invalid", "hard"), (3, "mailbox is full", "active", "mailbox_full")],
)
def test_a_bounce_is_permanent_only_if_the_server_said_so(track, campaign, place, reason, status, bounce):
    body = {"delivery_id": message_id(campaign, place), "metric": "bounced", "reason": reason, "timestamp": SENT + 9}
    assert track.post(PATH, body).status == 200
    assert (contact(campaign, place).status, contact(campaign, place).last_bounce_type) == (status, bounce)
    assert metrics(campaign, place)["bounced"] == SENT + 9


def test_a_complaint_suppresses_the_address(track, campaign):
    track.post(PATH, {"delivery_id": message_id(campaign, 4), "metric": "spammed"})
    complained = contact(campaign, 4)
    assert (complained.status, complained.suppressed) == ("flagged", True)


def test_of_a_single_mail(platform, campaign, track):
    account_id, email = campaign.owner.account_id, f"ann-{uuid.uuid4().hex[:8]}@example.com"
    order = MailRequest(
        to=(MailAddress(email=email),), sender_id=make_sender(campaign.owner), subject="Receipt", text="Thanks"
    )
    mail = bootstrap.transactional_mails().send(account_id, order)
    delivery_id = bootstrap.message_ids().of(account_id, copy_key(mail.id, mail.id))
    early = track.post(PATH, {"delivery_id": delivery_id, "metric": "opened"})
    assert (early.status, early.json["meta"]["errors"]) == (
        400,
        ["The message was not sent, so that it cannot reach this metric."],
    )
    platform.drain("send-transactional")
    for path, body in ((PATH, {"metric": "spammed"}), ("/api/v1/push/events", {"event": "opened"})):
        assert track.post(path, {"delivery_id": delivery_id, **body}).status == 200
    (message,) = bootstrap.messages().of_recipients(account_id, [copy_key(mail.id, mail.id)])
    assert {"complained", "opened"} <= message.moments.keys()
    assert bootstrap.suppressions().blocks_sending(account_id, email)


def test_an_unknown_message_and_a_wrong_metric_are_refused(track, campaign):
    foreign = make_client(make_owner(), TRACK)
    known = message_id(campaign, 0)
    for client, delivery_id in ((foreign, known), (track, known[::-1]), (track, "x")):
        assert client.post(PATH, {"delivery_id": delivery_id, "metric": "opened"}).status == 404
    for wrong in ({"metric": "sent"}, {"metric": "flown"}, {"metric": "opened", "timestamp": -1}):
        assert track.post(PATH, {"delivery_id": known, **wrong}).status == 400


def test_the_id_of_a_message_unsubscribes_its_recipient_without_a_credential(platform):
    campaign = make_sent_campaign(make_owner(), contacts=2)
    nobody = CustomerioApi(TRACK, "")
    path = f"/unsubscribe/{message_id(campaign, 0)}"
    assert nobody.post(path, {"unsubscribe": False}).json == {}
    assert contact(campaign, 0).status == "active"
    assert nobody.post(path, {"unsubscribe": True}).json == {}
    platform.drain("record-engagement")
    left = contact(campaign, 0)
    assert (left.status, left.withdrawn_by) == ("unsubscribed", "person")
    assert "unsubscribed" in metrics(campaign, 0)
    assert contact(campaign, 1).status == "active"
    assert nobody.post(f"/unsubscribe/{'x' * 40}", {"unsubscribe": True}).status == 404


def test_the_id_of_a_message_concerns_the_address_to_which_it_was_sent(platform):
    """The contacts have another address by now, and their former addresses belong to other contacts."""
    campaign = make_sent_campaign(make_owner(), contacts=2)
    here, upserts = (campaign.owner.account_id, campaign.list_id), bootstrap.contacts().upserts
    former = []
    for place in (0, 1):
        email = contact(campaign, place).email
        upserts.patch(*here, campaign.contact_ids[place], email=f"new-{email}")
        former.append(upserts.create(*here, email=email))
    path, body = f"/unsubscribe/{message_id(campaign, 0)}", {"unsubscribe": True}
    assert CustomerioApi(TRACK, "").post(path, body).status == 200
    complaint = {"delivery_id": message_id(campaign, 1), "metric": "spammed"}
    assert make_client(campaign.owner, TRACK).post(PATH, complaint).status == 200
    assert [contact(campaign, place).status for place in (0, 1)] == ["unsubscribed", "active"]
    owners = [bootstrap.contacts().get(*here, owner.id) for owner in former]
    assert [owner.status for owner in owners] == ["unsubscribed", "flagged"]

"""Messages: one mail to one person, whatever sent it."""

import uuid
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.kit.errors import Invalid, NotFound
from postrider.mail_events.model import EventType
from postrider.messages.ids import copy_key
from postrider.messages.model import MessageQuery, Metric
from postrider.messages.service import MAX_EXAMINED
from postrider.transactional.model import MailAddress, MailRequest
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import SENT_MS, make_sent_campaign
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.journeys import Step, make_journey, pass_time
from tests.testing.factories.lists import make_list, make_sender

pytestmark = pytest.mark.usefixtures("platform")
EVERYTHING = MessageQuery()


def every_page(owner, query=EVERYTHING, size=2):
    """Return the pages of a listing, to its end."""
    pages, cursor = [], None
    while True:
        page = bootstrap.messages().page(owner.account_id, query, size=size, cursor=cursor)
        pages.append(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return pages


def messages(owner, query=EVERYTHING):
    return [message for page in every_page(owner, query) for message in page]


def order(owner, *emails, **fields):
    to = tuple(MailAddress(email=email) for email in emails)
    values = {"subject": "Receipt", "text": "Thanks", **fields}
    mail = MailRequest(to=to, sender_id=make_sender(owner), **values)
    return bootstrap.transactional_mails().send(owner.account_id, mail)


def seconds(message, *metrics):
    return [int(message.moments[metric].timestamp()) for metric in metrics]


def test_mails_of_campaigns_and_single_mails_are_listed_newest_first_and_once(platform):
    owner = make_owner()
    list_id = make_list(owner)
    names = [f"{name}-{uuid.uuid4().hex[:8]}@example.com" for name in ("ann", "bob")]
    add_contacts(owner, list_id, *names)
    campaign_id = make_campaign(owner, list_id=list_id)
    owner.api.post(f"/campaigns/{campaign_id}/schedule")
    platform.drain()
    platform.clock.move(timedelta(minutes=5))
    mail = order(owner, names[0], names[1])
    platform.drain("send-transactional")
    listed = messages(owner)
    assert [message.key.source for message in listed[:2]] == [mail.source] * 2
    assert sorted(message.email for message in listed) == sorted(names * 2)
    assert {message.campaign.id for message in listed[2:]} == {campaign_id}
    assert len({message.id for message in listed}) == 4
    assert all(Metric.SENT in message.moments for message in listed)
    of_campaign = messages(owner, MessageQuery(sources=(listed[3].key.source,)))
    assert of_campaign == listed[2:]


def test_a_message_has_the_first_moment_of_each_metric_and_counts_people_only():
    owner = make_owner()
    campaign = make_sent_campaign(owner, contacts=4, unknown=1)
    opened, again = campaign.did(EventType.OPENED, 0), campaign.did(EventType.OPENED, 0)
    clicked = campaign.did(EventType.CLICKED, 0, link_id=1, url="https://example.com/")
    complained = campaign.did(EventType.COMPLAINED, 0)
    campaign.did(EventType.OPENED, 1, is_bot=True)
    bounced = campaign.did(EventType.BOUNCED_HARD, 1)
    campaign.did(EventType.BOUNCED_HARD, 1)
    campaign.did(EventType.FAILED, 2, detail="Reject: virus")
    by_contact = {message.key.recipient_id: message for message in messages(owner, _of(campaign))}
    ann, bob, carl = (by_contact[contact_id] for contact_id in campaign.contact_ids[:3])
    assert opened.at_ms < again.at_ms
    assert seconds(ann, Metric.CREATED, Metric.ATTEMPTED, Metric.SENT) == [SENT_MS // 1000] * 3
    assert seconds(ann, Metric.OPENED, Metric.CLICKED, Metric.COMPLAINED) == [
        event.at_ms // 1000 for event in (opened, clicked, complained)
    ]
    assert Metric.OPENED not in bob.moments
    assert (seconds(bob, Metric.BOUNCED), bob.failure) == ([bounced.at_ms // 1000], "bounced hard")
    assert Metric.FAILED in carl.moments
    assert len(by_contact) == 3, "the message without an answer has no row of the log in this factory"


def _of(campaign):
    return MessageQuery(sources=(campaign.source,))


def test_a_listing_is_filtered_by_metric_and_by_window():
    owner = make_owner()
    campaign = make_sent_campaign(owner, contacts=3)
    campaign.did(EventType.OPENED, 1)

    def ids(**conditions):
        return [message.key.recipient_id for message in messages(owner, MessageQuery(**conditions))]

    _, opener, _ = campaign.contact_ids
    assert ids(metric=Metric.OPENED) == [opener]
    assert len(ids(metric=Metric.SENT)) == 3
    assert ids(metric=Metric.SKIPPED) == ids(is_draft=True) == []
    (sent_at,) = {message.created_at for message in messages(owner)}
    assert len(ids(start=sent_at, end=sent_at)) == 3
    assert ids(end=sent_at - timedelta(seconds=1)) == ids(start=sent_at + timedelta(seconds=1)) == []


def test_a_page_looks_at_a_limited_number_of_rows(monkeypatch):
    monkeypatch.setattr("postrider.messages.service.MAX_EXAMINED", 2)
    owner = make_owner()
    campaign = make_sent_campaign(owner, contacts=5)
    campaign.did(EventType.OPENED, 0)
    pages = every_page(owner, MessageQuery(metric=Metric.OPENED), size=5)
    assert [len(page) for page in pages] == [0, 0, 1]
    assert MAX_EXAMINED >= 1000


def test_a_cursor_belongs_to_its_listing_and_account():
    owner = make_owner()
    make_sent_campaign(owner, contacts=2)
    page = bootstrap.messages().page(owner.account_id, EVERYTHING, size=1)
    with pytest.raises(Invalid):
        bootstrap.messages().page(owner.account_id, MessageQuery(metric=Metric.SENT), size=1, cursor=page.next_cursor)
    with pytest.raises(Invalid):
        bootstrap.messages().page(make_owner().account_id, EVERYTHING, size=1, cursor=page.next_cursor)


def test_a_message_is_found_by_its_id_in_its_account_only():
    owner = make_owner()
    make_sent_campaign(owner, contacts=1)
    (message,) = messages(owner)
    assert bootstrap.messages().get(owner.account_id, message.id) == message
    for account_id, message_id in ((make_owner().account_id, message.id), (owner.account_id, message.id[::-1])):
        with pytest.raises(NotFound):
            bootstrap.messages().get(account_id, message_id)


def test_a_transactional_mail_is_a_message_as_soon_as_it_is_accepted(platform):
    owner = make_owner()
    mail = order(owner, f"ann-{uuid.uuid4().hex[:8]}@example.com")
    message_id = bootstrap.message_ids().of(owner.account_id, copy_key(mail.id, mail.id))
    waiting = bootstrap.messages().get(owner.account_id, message_id)
    assert (waiting.moments.keys(), waiting.subject) == ({Metric.CREATED}, "Receipt")
    assert messages(owner) == []
    platform.drain("send-transactional")
    sent = bootstrap.messages().get(owner.account_id, message_id)
    assert Metric.SENT in sent.moments
    assert messages(owner) == [sent]


def test_a_suppressed_address_is_skipped_as_suppressed(platform):
    owner = make_owner()
    email = f"ann-{uuid.uuid4().hex[:8]}@example.com"
    bootstrap.address_suppression().suppress(owner.account_id, email)
    order(owner, email, f"x-{email}")
    platform.drain("send-transactional")
    (message,) = messages(owner, MessageQuery(metric=Metric.SUPPRESSED))
    assert message.moments.keys() == {Metric.CREATED, Metric.SUPPRESSED}
    assert (message.email, message.failure) == (email, "suppressed")


def test_the_archive_has_the_content_that_was_sent(platform):
    owner = make_owner()
    list_id = make_list(owner)
    email = f"ann-{uuid.uuid4().hex[:8]}@example.com"
    (contact_id,) = add_contacts(owner, list_id, email)
    campaign_id = make_campaign(owner, list_id=list_id)
    owner.api.post(f"/campaigns/{campaign_id}/schedule")
    platform.drain()
    platform.clock.move(timedelta(minutes=1))
    order(owner, email, html="<p>Paid</p>", text=None)
    platform.drain("send-transactional")
    single, of_campaign = map(archived, [owner] * 2, messages(owner))
    assert (single.is_original, single.rendered.subject) == (True, "Receipt")
    assert "Paid" in single.rendered.html
    assert (of_campaign.is_original, of_campaign.rendered.subject) == (False, f"News for {email}")
    assert "Hello friend" in of_campaign.rendered.html
    assert of_campaign.sender_email
    owner.api.delete(f"/lists/{list_id}/contacts/{contact_id}")
    bootstrap.mail_store().delete(owner.account_id, single.message.key.source.id)
    assert [archived(owner, message).rendered for message in messages(owner)] == [None, None]


def archived(owner, message):
    return bootstrap.message_archive().copy_of(owner.account_id, message)


def test_drafts_are_listed_apart_until_they_are_released(platform):
    owner = make_owner()
    email = f"ann-{uuid.uuid4().hex[:8]}@example.com"
    mail = order(owner, email, is_draft=True)
    (draft,) = messages(owner, MessageQuery(is_draft=True))
    assert (draft.email, draft.moments.keys()) == (email, {Metric.CREATED, Metric.DRAFTED})
    assert messages(owner) == []
    bootstrap.transactional_mails().release(owner.account_id, mail.id)
    platform.drain("send-transactional")
    assert messages(owner, MessageQuery(is_draft=True)) == []
    (sent,) = messages(owner)
    assert sent.id == draft.id


def test_a_single_mail_belongs_to_the_contact_with_its_address(platform):
    owner = make_owner()
    list_id = make_list(owner)
    email = f"ann-{uuid.uuid4().hex[:8]}@example.com"
    (contact_id,) = add_contacts(owner, list_id, email)
    order(owner, email.upper(), f"x-{email}")
    platform.drain("send-transactional")
    people = {message.email: message.contact and message.contact.id for message in messages(owner)}
    assert people == {email.upper(): contact_id, f"x-{email}": None}


def test_every_mail_of_an_action_is_a_message_of_its_entry(platform):
    owner = make_owner()
    list_id = make_list(owner)
    (contact_id,) = add_contacts(owner, list_id, f"ann-{uuid.uuid4().hex[:8]}@example.com")
    journey = make_journey(owner, list_id, [Step()])
    for _ in range(2):
        journey.enter(contact_id)
        pass_time(platform, timedelta(hours=2))
    journey.did(EventType.OPENED, 0, contact_id, entry=2)
    second, first = messages(owner)
    assert [message.key.source.entry for message in (first, second)] == [1, 2], "the newest first"
    assert {(message.workflow_id, message.action_id) for message in (first, second)} == {
        (journey.workflow.id, journey.actions[0].id)
    }
    assert [Metric.OPENED in message.moments for message in (first, second)] == [False, True]
    assert "Hello" in (archived(owner, second).rendered.html or archived(owner, second).rendered.text)

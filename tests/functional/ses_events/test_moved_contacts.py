"""Bounces and complaints of mails to a contact that has another address by now, or was merged into another one."""

from types import SimpleNamespace

import pytest

from postrider import bootstrap
from postrider.contacts.model import Status, WithdrawnBy
from postrider.mail_events.model import LogQuery
from postrider.mail_events.repository import LogRepository
from postrider.mail_events.source import MailSource
from tests.functional.contacts.test_departures import World
from tests.functional.ses_events.test_delivery_events import SOFT, counts, deliver, ses_event
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign

KINDS = (("Complaint", {}), ("Bounce", {}), ("Bounce", SOFT))


def event_of_mail_to(address, campaign, kind, place=0, **part):
    """Return an event whose mail was forwarded by its recipient: another server has refused it."""
    event = ses_event(campaign, kind, place, **part)
    event["mail"]["destination"] = [address]
    return event


@pytest.mark.parametrize("is_taken", [False, True], ids=["free", "taken"])
def test_bounces_and_complaints_concern_the_address_of_the_mail(platform, is_taken):
    """Its contact has moved to another address, and the address is added again before or after the event."""
    sent, contacts = make_sent_campaign(make_owner()), bootstrap.contacts()
    here = sent.owner.account_id, sent.list_id
    old = [contacts.get(*here, contact_id).email for contact_id in sent.contact_ids]
    for place, (contact_id, (kind, part)) in enumerate(zip(sent.contact_ids, KINDS, strict=True)):
        contacts.upserts.patch(*here, contact_id, email=f"new-{old[place]}")
        if is_taken:
            contacts.upserts.create(*here, email=old[place])
        event = event_of_mail_to(old[place].upper(), sent, kind, place, **part)
        assert deliver(platform, event, event) == 0
        if not is_taken:
            contacts.upserts.create(*here, email=old[place])
    moved = [contacts.get(*here, contact_id) for contact_id in sent.contact_ids]
    assert [(contact.status, contact.bounces_count) for contact in moved] == [(Status.ACTIVE, 0)] * 3
    owners = [contacts.find(*here, email) for email in old]
    assert [owner.status for owner in owners] == [Status.FLAGGED, Status.INVALID, Status.ACTIVE]
    assert [owner.bounces_count for owner in owners] == ([0, 1, 1] if is_taken else [0, 0, 0])
    emails = [*old, *(contact.email for contact in moved)]
    assert [entry.pattern for entry in bootstrap.suppressions().among(here[0], emails)] == [old[0]]
    assert counts(sent) == {"complained": 1, "bounced_hard": 1, "bounced_mailbox_full": 1}
    rows = LogRepository().read(here[0], MailSource.campaign(sent.id), LogQuery())
    assert {row.contact_id for row in rows if row.type != "sent"} == set(sent.contact_ids), "who got the mails"


@pytest.mark.parametrize(
    ("kind", "withdrawn_by"), [("Complaint", WithdrawnBy.COMPLAINT), ("Bounce", WithdrawnBy.BOUNCE)]
)
def test_they_concern_the_contact_that_took_the_address_over_by_a_merge(platform, kind, withdrawn_by):
    world = World()
    world.put("kept")
    world.put("dropped", email="a@example.com")
    mail = SimpleNamespace(owner=world.owner, id=1, list_id=world.list_id, contact_ids=[world.find("a@example.com").id])
    people = {"primary": {"id": "kept"}, "secondary": {"id": "dropped"}}
    assert world.track.post("/api/v1/merge_customers", people).status == 200
    assert deliver(platform, event_of_mail_to("a@example.com", mail, kind)) == 0
    assert world.state("a@example.com")[1] == withdrawn_by


def test_a_complaint_outweighs_the_unsubscription_that_is_stored_with_a_free_address(platform):
    world = World()
    world.add_leaver("a@example.com", "a")
    mail = SimpleNamespace(owner=world.owner, id=1, list_id=world.list_id, contact_ids=[world.find("a@example.com").id])
    world.delete("a@example.com")
    assert deliver(platform, event_of_mail_to("a@example.com", mail, "Complaint")) == 0
    world.add("a@example.com")
    assert world.state("a@example.com") == (Status.FLAGGED, WithdrawnBy.COMPLAINT)

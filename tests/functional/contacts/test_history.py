"""The mails to one contact, whatever sent them: state, reason, and what the contact did."""

import uuid
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.mail_events.model import EventType
from postrider.transactional.model import MailAddress, MailRequest
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.journeys import Step, make_journey, pass_time
from tests.testing.factories.lists import make_list, make_sender

pytestmark = pytest.mark.usefixtures("platform")


def history(owner, list_id, contact_id, **query):
    answer = owner.api.get(f"/lists/{list_id}/contacts/{contact_id}/history", query=query)
    assert answer.status == 200, answer.text
    return answer.json["data"]


def test_mails_of_campaigns_and_single_mails_are_listed_newest_first(platform):
    owner = make_owner()
    list_id = make_list(owner)
    email = f"reader-{uuid.uuid4().hex[:8]}@example.com"
    contact_id, other_id = add_contacts(owner, list_id, email, f"other-{email}")
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain()
    platform.clock.move(timedelta(minutes=5))
    order = MailRequest(
        to=(MailAddress(email=email.upper()),), sender_id=make_sender(owner), subject="Receipt", text="Hi"
    )
    mail = bootstrap.transactional_mails().send(owner.account_id, order)
    platform.drain("send-transactional")
    first, second = history(owner, list_id, contact_id)
    assert (first["kind"], first["email_id"], first["subject"], first["state"]) == (
        "transactional",
        mail.id,
        "Receipt",
        "sent",
    )
    assert (second["kind"], second["campaign_id"], second["name"], second["state"]) == (
        "campaign",
        campaign_id,
        "Spring",
        "sent",
    )
    assert first["sent_on"] > second["sent_on"]
    assert history(owner, list_id, contact_id, per_page=1, page=2) == [second]
    assert [entry["kind"] for entry in history(owner, list_id, other_id)] == ["campaign"]


def test_the_state_says_what_became_of_the_mail(platform):
    owner = make_owner()
    campaign = make_sent_campaign(owner, contacts=3, unknown=1)
    campaign.did(EventType.OPENED, 0)
    campaign.did(EventType.BOUNCED_HARD, 1)
    entries = [history(owner, campaign.list_id, contact_id) for contact_id in campaign.contact_ids]
    (opened,), (bounced,), (unknown,) = entries
    assert (opened["state"], opened["opens"], opened["events"]) == ("sent", 1, [])
    assert (bounced["state"], bounced["events"]) == ("sent", ["bounce_hb"])
    assert (unknown["state"], unknown["sent_on"]) == ("unknown", None)


def test_mails_of_actions_are_listed(platform):
    """Each entry of a contact into a workflow has its own mail."""
    owner = make_owner()
    list_id = make_list(owner)
    (contact_id,) = add_contacts(owner, list_id, f"reader-{uuid.uuid4().hex[:8]}@example.com")
    journey = make_journey(owner, list_id, [Step(), Step(parent=0, delay_s=3600)])
    for _ in range(2):
        journey.enter(contact_id)
        pass_time(platform, timedelta(hours=2))
    rows = history(owner, list_id, contact_id)
    assert {(row["kind"], row["workflow_id"], row["state"]) for row in rows} == {
        ("workflow_action", str(journey.workflow.id), "sent")
    }
    second, first = (str(action.id) for action in reversed(journey.actions))
    assert sorted(row["action_id"] for row in rows) == sorted([first, first, second, second])


def test_the_history_shows_that_a_suppressed_contact_was_skipped(platform):
    owner = make_owner()
    list_id = make_list(owner)
    email = f"reader-{uuid.uuid4().hex[:8]}@example.com"
    (contact_id,) = add_contacts(owner, list_id, email)
    order = MailRequest(
        to=(MailAddress(email=email), MailAddress(email=f"x-{email}")),
        sender_id=make_sender(owner),
        subject="Hi",
        text="Hi",
    )
    bootstrap.address_suppression().suppress(owner.account_id, email)
    bootstrap.transactional_mails().send(owner.account_id, order)
    platform.drain("send-transactional")
    (entry,) = history(owner, list_id, contact_id)
    assert (entry["state"], entry["reason"]) == ("skipped", "suppressed")


def test_an_unknown_contact_has_no_history():
    owner = make_owner()
    answer = owner.api.get(f"/lists/{make_list(owner)}/contacts/1/history")
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["path", "contact_id"])

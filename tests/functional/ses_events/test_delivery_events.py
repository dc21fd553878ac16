"""Events of SES, as SNS delivers them raw to the queue record-ses-events."""

import itertools
import json
import uuid

import pytest

from postrider import bootstrap
from postrider.contacts.model import Status
from postrider.delivery.model import Tally
from postrider.mail_events.model import LogQuery
from postrider.mail_events.repository import LogRepository
from postrider.mail_events.source import MailSource
from postrider.suppressions.model import SuppressionSource
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.harness import handlers

QUEUE = "record-ses-events"
SECONDS = itertools.count()


@pytest.fixture
def sent(platform):
    return make_sent_campaign(make_owner())


def ses_event(campaign, kind, place=0, **part):
    """The events are those of https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html"""
    contact_id = campaign.contact_ids[place]
    second = next(SECONDS)
    moment = f"2026-03-02T12:{second // 60:02d}:{second % 60:02d}.123Z"
    tags = {
        "account": campaign.owner.account_id,
        "kind": "campaign",
        "source": campaign.id,
        "list": campaign.list_id,
        "contact": contact_id,
        "run": "run",
    }
    event = {
        "eventType": kind,
        "mail": {
            "timestamp": "2026-03-02T11:00:00.000Z",
            "messageId": f"message-{contact_id}",
            "source": "owner@example.com",
            "sendingAccountId": "111122223333",
            "destination": ["person@example.com"],
            "headersTruncated": False,
            "headers": [{"name": "Subject", "value": "News"}],
            "commonHeaders": {"subject": "News"},
            "tags": {"ses:operation": ["SendEmail"], **{name: [str(value)] for name, value in tags.items()}},
        },
    }
    known = {
        "Bounce": ("bounce", {"bounceType": "Permanent", "bounceSubType": "General", "feedbackId": uuid.uuid4().hex}),
        "Complaint": ("complaint", {"complaintSubType": None, "feedbackId": uuid.uuid4().hex}),
        "Delivery": ("delivery", {"smtpResponse": "250 ok", "processingTimeMillis": 500}),
        "DeliveryDelay": ("deliveryDelay", {"delayType": "MailboxFull"}),
        "Send": ("send", {}),
        "Reject": ("reject", {"reason": "Bad content"}),
        "Rendering Failure": ("failure", {"errorMessage": "no such attribute", "templateName": "t"}),
    }
    name, fields = known[kind]
    if kind in ("Bounce", "Complaint", "Delivery", "DeliveryDelay"):
        fields["timestamp"] = moment
    if kind == "Bounce":
        fields["bouncedRecipients"] = [{"emailAddress": "person@example.com", "action": "failed", "status": "5.1.1"}]
    if kind == "Complaint":
        fields["complainedRecipients"] = [{"emailAddress": "person@example.com"}]
    event[name] = fields | part
    return event


def deliver(platform, *events):
    """Put events on the queue like SNS, and process them; return the number of failed ones."""
    sqs, url = platform.aws.client("sqs"), platform.aws.queues[QUEUE]
    for event in events:
        body = event if isinstance(event, str) else json.dumps(event)
        sqs.send_message(QueueUrl=url, MessageBody=body)
    drained = platform.drain(QUEUE)
    if drained.failed:
        sqs.purge_queue(QueueUrl=url)
    return len(drained.failed)


def contact_of(campaign, place=0):
    return bootstrap.contacts().get(campaign.owner.account_id, campaign.list_id, campaign.contact_ids[place])


def counts(campaign):
    return +bootstrap.events().counts(campaign.owner.account_id, MailSource.campaign(campaign.id))


def logged(campaign):
    rows = LogRepository().read(campaign.owner.account_id, MailSource.campaign(campaign.id), LogQuery())
    return [row.type for row in rows if row.type != "sent"]


SOFT = {"bounceType": "Transient", "bounceSubType": "MailboxFull"}


def test_a_hard_bounce_makes_the_contact_invalid_at_once(platform, sent):
    event = ses_event(sent, "Bounce")
    assert deliver(platform, event, event) == 0
    assert deliver(platform, event) == 0
    contact = contact_of(sent)
    assert (contact.status, contact.last_bounce_type, contact.bounces_count) == (Status.INVALID, "hard", 1)
    assert counts(sent) == {"bounced_hard": 1}
    assert logged(sent) == ["bounced_hard"]
    assert contact_of(sent, 1).status == Status.ACTIVE


def test_the_third_soft_bounce_makes_the_contact_invalid(platform, sent):
    for expected in (Status.ACTIVE, Status.ACTIVE, Status.INVALID):
        event = ses_event(sent, "Bounce", **SOFT)
        assert deliver(platform, event, event) == 0
        assert contact_of(sent).status == expected
    assert contact_of(sent).bounces_count == 3
    assert counts(sent) == {"bounced_mailbox_full": 1}, "a campaign's mail bounces once in one way"


def test_a_complaint_flags_the_contact_and_suppresses_the_address(platform, sent):
    event = ses_event(sent, "Complaint")
    assert deliver(platform, event, event) == 0
    contact = contact_of(sent)
    assert contact.status == Status.FLAGGED
    (entry,) = bootstrap.suppressions().among(sent.owner.account_id, [contact.email])
    assert entry.source == SuppressionSource.COMPLAINT
    assert counts(sent) == {"complained": 1}


def test_a_complaint_of_somebody_deleted_still_suppresses_the_address(platform, sent):
    bootstrap.contacts().delete(sent.owner.account_id, sent.list_id, sent.contact_ids[0])
    assert deliver(platform, ses_event(sent, "Complaint")) == 0
    assert bootstrap.suppressions().among(sent.owner.account_id, ["person@example.com"])


def test_a_not_spam_report_is_no_complaint(platform, sent):
    assert deliver(platform, ses_event(sent, "Complaint", complaintFeedbackType="not-spam")) == 0
    assert contact_of(sent).status == Status.ACTIVE
    assert counts(sent) == {}


def test_an_auto_reply_is_logged_and_changes_no_status(platform, sent):
    recipients = [{"emailAddress": "person@example.com", "status": "5.0.0", "diagnosticCode": "smtp; out of office"}]
    for _ in range(3):
        deliver(platform, ses_event(sent, "Bounce", bounceType="Transient", bouncedRecipients=recipients))
    assert contact_of(sent).status == Status.ACTIVE
    assert counts(sent) == {"bounced_auto_reply": 1}


@pytest.mark.parametrize("kind", ["Send", "Delivery", "Bounce", "Complaint"])
def test_an_event_proves_that_a_mail_of_unknown_outcome_was_sent(platform, kind):
    campaign = make_sent_campaign(make_owner(), contacts=3, unknown=1)
    stored = bootstrap.campaigns().get(campaign.owner.account_id, campaign.id)
    assert bootstrap.delivery().totals(stored).tally == Tally(sent=2, unknown=1)
    for _ in range(2):
        assert deliver(platform, ses_event(campaign, kind, 2), ses_event(campaign, "Delivery", 0)) == 0
    assert bootstrap.delivery().totals(stored).tally == Tally(sent=3, unknown=0)
    assert bootstrap.delivery().recount(stored) == Tally(sent=3, unknown=0)
    assert bootstrap.reports().list_report(stored.account_id, stored.list_id).mail.sent == 3


def test_rejections_failures_and_delays_are_logged(platform, sent):
    for kind in ("Reject", "Rendering Failure", "DeliveryDelay"):
        assert deliver(platform, ses_event(sent, kind)) == 0
    assert logged(sent) == ["delayed", "failed", "failed"]
    assert contact_of(sent).status == Status.ACTIVE


def test_sending_and_delivery_leave_no_rows(platform, sent):
    assert deliver(platform, ses_event(sent, "Send"), ses_event(sent, "Delivery")) == 0
    assert logged(sent) == []


def test_a_malformed_event_fails_alone(platform, sent):
    headless = ses_event(sent, "Bounce")
    del headless["bounce"]
    nobody = ses_event(sent, "Bounce", 1)
    nobody["mail"]["tags"]["contact"] = ["x"]
    unknown = {**ses_event(sent, "Send"), "eventType": "Surprise"}
    assert deliver(platform, headless, nobody, unknown, "[]", ses_event(sent, "Bounce", 2)) == 4
    assert counts(sent) == {"bounced_hard": 1}
    assert contact_of(sent, 2).status == Status.INVALID


def test_events_of_test_mails_and_unknown_mails_are_counted_nowhere(platform, sent):
    for tags in ({"kind": ["test"], "source": [str(sent.id)]}, {"kind": ["else"]}, {}):
        event = ses_event(sent, "Bounce")
        event["mail"]["tags"] = tags
        assert deliver(platform, event) == 0
    assert counts(sent) == {}
    assert contact_of(sent).status == Status.ACTIVE


def test_the_list_is_looked_up_if_the_tags_lack_it(platform, sent):
    event = ses_event(sent, "Bounce")
    del event["mail"]["tags"]["list"]
    assert deliver(platform, event) == 0
    assert contact_of(sent).status == Status.INVALID


def test_the_greeting_of_ses_is_no_event_and_no_failure(platform):
    assert deliver(platform, "Successfully validated SNS topic for Amazon SES event publishing.") == 0


def test_no_route_takes_events(platform):
    """SES publishes to a topic, the topic to a queue: nobody outside can forge an event."""
    assert [key for key in handlers() if {"ses", "sns", "bounce", "webhook-in"} & set(key.split("/"))] == []

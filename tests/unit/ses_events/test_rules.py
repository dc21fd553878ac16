"""Classes of bounces, and whose mail an event is about."""

from datetime import UTC, datetime

import pytest

from postrider.filters.schema import BOUNCE_CODES
from postrider.http.main.events import log_type_of
from postrider.mail_events.ses.model import Mail, RecipientEvent, SesEventType
from postrider.mail_events.ses.rules import bounce_class_of, tags_of
from postrider.mail_events.source import MailSource, SourceKind

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "sub_kind", "status", "diagnostic", "code", "hard"),
    [
        ("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown", "hb", True),
        ("Permanent", "NoEmail", "", "", "hb", True),
        ("Permanent", "Suppressed", "5.1.1", "has suppressed sending", "hb", True),
        ("Permanent", "OnAccountSuppressionList", "", "", "hb", True),
        ("Permanent", "General", "5.1.2", "smtp; 550 host not found", "df", True),
        ("Permanent", "General", "5.4.4", "", "df", True),
        ("Permanent", "General", "", "smtp; 550 NXDOMAIN", "df", True),
        ("Permanent", "General", "5.1.6", "recipient has moved", "ac", True),
        ("Permanent", "General", "5.2.2", "mailbox full", "fm", False),
        ("Permanent", "General", "5.7.1", "message blocked", "mb", False),
        ("Permanent", "General", "", "smtp; 554 rejected due to spam content", "mb", False),
        ("Transient", "MailboxFull", "4.2.2", "", "fm", False),
        ("Transient", "MessageTooLarge", "", "", "tr", False),
        ("Transient", "ContentRejected", "", "", "mb", False),
        ("Transient", "AttachmentRejected", "", "", "mb", False),
        ("Transient", "CustomTimeoutExceeded", "", "", "tr", False),
        ("Transient", "General", "4.4.1", "smtp; 421 unable to connect", "tr", False),
        ("Transient", "General", "4.4.3", "smtp; dns lookup failed", "df", False),
        ("Transient", "General", "", "domain not found", "df", False),
        ("Transient", "General", "5.0.0", "smtp; out of office", "ar", False),
        ("Transient", "General", "", "please confirm that you are human", "cr", False),
        ("Transient", "General", "", "", "sb", False),
        ("Undetermined", "Undetermined", "", "", "sb", False),
        ("SomethingNew", "", "", "", "sb", False),
    ],
)
def test_every_kind_of_bounce(kind, sub_kind, status, diagnostic, code, hard):
    event = RecipientEvent(
        type=SesEventType.BOUNCE,
        message_id="m",
        event_id="e",
        at=NOW,
        bounce_type=kind,
        bounce_sub_type=sub_kind,
        status=status,
        diagnostic=diagnostic,
    )
    bounce = bounce_class_of(event)
    assert (BOUNCE_CODES[bounce.kind], bounce.hard) == (code, hard)
    assert log_type_of(bounce.type) == f"bounce_{code}"


def mail(**tags):
    return Mail(timestamp=NOW, message_id="m", tags={name: [value] for name, value in tags.items()})


def test_tags_name_the_recipient():
    tags = tags_of(mail(account="1", kind="campaign", source="7", contact="1025", list="5", run="r"))
    assert (tags.account_id, tags.source, tags.contact_id, tags.list_id, tags.run_id) == (
        "1",
        MailSource.campaign(7),
        1025,
        5,
        "r",
    )
    assert tags_of(mail(account="1", kind="campaign", source="7", contact="1025")).list_id is None
    action = tags_of(mail(account="1", kind="workflow_action", source="7", contact="1025"))
    assert action.source == MailSource(SourceKind.WORKFLOW_ACTION, 7)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"account": "1", "kind": "campaign"},
        {"account": "1", "kind": "campaign", "source": "x", "contact": "1"},
        {"account": "٣", "kind": "campaign", "source": "1", "contact": "1"},
    ],
)
def test_tags_without_a_recipient_are_refused(tags):
    with pytest.raises(ValueError, match="tags"):
        tags_of(mail(**tags))

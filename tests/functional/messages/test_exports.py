"""Exports of messages: what the files hold."""

import csv
import io
import uuid
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.kit.clock import from_unix
from postrider.kit.errors import Invalid, NotFound
from postrider.mail_events.model import EventType
from postrider.messages.exports import COLUMNS, DAYS_A_PART, MAILS_A_PART, MessageExportRequest, spans
from postrider.messages.model import Metric
from postrider.templates.model import NO_TEMPLATE
from postrider.transactional.model import MailAddress, MailRequest
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import SENT_MS, make_sent_campaign
from tests.testing.factories.lists import make_sender
from tests.testing.factories.templates import make_template

SENT_AT = from_unix(SENT_MS // 1000)


def caller_of(owner):
    own = dict.fromkeys(("account_id", "own_account_id", "user_account_id", "lineage"), owner.account_id)
    return Caller(**own, user_id=owner.user_id, email=owner.email, scopes=frozenset())


def exported(platform, owner, **order):
    known = {"start": SENT_AT, "end": SENT_AT + timedelta(days=1)}
    task = bootstrap.message_exports().create(caller_of(owner), MessageExportRequest(**(known | order))).task
    assert platform.drain("run-tasks").failed == []
    assert bootstrap.tasks().get(owner.account_id, task.id).status == "ready"
    raw = bootstrap.object_store().get(f"exports/{owner.account_id}/{task.id}/export.csv")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def test_the_file_has_a_row_for_each_message_of_a_campaign(platform):
    owner = make_owner()
    campaign = make_sent_campaign(owner, contacts=3)
    opened = campaign.did(EventType.OPENED, 1)
    contact = bootstrap.contacts().get(owner.account_id, campaign.list_id, campaign.contact_ids[1])
    rows = exported(platform, owner, campaign_id=campaign.id, attributes=("city", "email", "city", "type"))
    assert list(rows[0]) == [*COLUMNS, "city", "customer_type"]
    assert len({row["delivery_id"] for row in rows}) == 3
    (row,) = [row for row in rows if row["email"] == contact.email]
    assert (row["newsletter_id"], row["content_id"], row["type"]) == (str(campaign.id), str(campaign.id), "email")
    assert (row["sent"], row["opened"], row["clicked"]) == (str(SENT_MS // 1000), str(opened.at_ms // 1000), "")
    assert exported(platform, owner, campaign_id=campaign.id, metric=Metric.OPENED) == [
        {name: value for name, value in row.items() if name in COLUMNS}
    ]
    later = SENT_AT + timedelta(seconds=1)
    assert exported(platform, owner, campaign_id=campaign.id, start=later) == []


def test_an_export_has_messages_of_a_template_or_without_a_template_and_drafts_on_request(platform):
    owner = make_owner()
    template_id = make_template(owner)
    emails = [f"{name}-{uuid.uuid4().hex[:8]}@example.com" for name in ("ann", "bob", "carl")]
    for email, fields in zip(emails, ({}, {"is_draft": True}, {"template": None}), strict=True):
        made = {"template": template_id, "subject": "Receipt", "text": "Thanks", **fields}
        order = MailRequest(to=(MailAddress(email=email),), sender_id=make_sender(owner), **made)
        bootstrap.transactional_mails().send(owner.account_id, order)
    platform.drain("send-transactional")
    now = platform.clock()
    window = {"start": now - timedelta(days=1), "end": now + timedelta(days=1), "template_id": template_id}
    rows = exported(platform, owner, **(window | {"start": now - timedelta(days=180)}))
    assert max(task.total for task in bootstrap.tasks().all(owner.account_id)) <= 7, (
        "a month with few mails is one part"
    )
    assert [(row["recipient"], row["transactional_message_id"]) for row in rows] == [(emails[0], str(template_id))]
    with_drafts = exported(platform, owner, **window, with_drafts=True)
    assert sorted(row["recipient"] for row in with_drafts) == sorted(emails[:2])
    (row,) = exported(platform, owner, **window | {"template_id": NO_TEMPLATE})
    assert (row["recipient"], row["transactional_message_id"]) == (emails[2], "1")
    assert template_id > NO_TEMPLATE


def test_an_export_is_of_exactly_one_known_source(platform):
    owner = make_owner()
    with pytest.raises(Invalid):
        exported(platform, owner)
    with pytest.raises(Invalid):
        exported(platform, owner, campaign_id=1, action_id=1)
    for unknown in ({"campaign_id": 10**9}, {"workflow_id": 10**9}, {"action_id": 10**9}, {"template_id": 10**9}):
        with pytest.raises(NotFound):
            exported(platform, owner, **unknown)


def test_spans_cover_each_day_once_and_are_as_long_as_mails_allow():
    assert list(spans(0, 0, {})) == ["1970-01-01..1970-01-01"]
    assert list(spans(0, DAYS_A_PART, {})) == ["1970-01-01..1970-01-31", "1970-02-01..1970-02-01"]
    mails = {1: MAILS_A_PART, 2: 2 * MAILS_A_PART, 4: 1}
    assert [span[8:10] + span[20:] for span in spans(0, 5, mails)] == ["0102", "0303", "0406"]

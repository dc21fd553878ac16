"""Calls of one account or visitor have no effect on the work and the answers of another account."""

import json
import uuid
from collections import defaultdict
from datetime import timedelta

import pytest
from botocore.client import BaseClient

from infra.bench.meter import Meter
from infra.functions import QUEUES
from postrider import bootstrap
from postrider.mail_events.source import MailSource
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.forms import make_form, sign_up
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.webhooks import make_webhook
from tests.testing.factories.workflows import make_active_workflow
from tests.testing.harness import Api

OF_NO_ACCOUNT = {"record-ses-events"}
"""Its messages come from SES."""


@pytest.fixture
def owner(platform):
    platform.clock.move(timedelta(days=1))  # limits of earlier tests are over
    return make_owner()


def test_every_message_waits_in_the_line_of_its_own_account_and_kind(owner, platform, monkeypatch):
    """SQS serves the message groups of a queue in turns: the backlog of one account, or of one kind of message, delays no other.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """
    sent, call = [], BaseClient._make_api_call

    def watched(client, operation, parameters):
        if operation.startswith("SendMessage"):
            name = parameters["QueueUrl"].rpartition("/postrider-")[2]
            sent.extend((name, entry) for entry in parameters["Entries"])
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    api, list_id = owner.api, make_list(owner)
    make_webhook(owner, "List.Updated")
    api.patch(f"/lists/{list_id}", json={"name": "News"})
    make_active_workflow(owner, list_id=list_id)
    api.post(f"/lists/{list_id}/contacts", json={"email": f"{uuid.uuid4().hex}@example.com"})
    mail_body = {"subject": "Receipt", "html": "<p>Thanks.</p>", "encoding": "utf-8"}
    sender = {"id": make_sender(owner)}
    api.post("/emails", json={"email": "reader@example.com", "sender": sender, "content": mail_body})
    emails = [f"{uuid.uuid4().hex}@example.com" for _ in range(2)]
    rows = {"contacts": [{"email": email} for email in emails]}
    contact_ids = api.post(f"/lists/{list_id}/import-contacts", json=rows).json["id"]
    platform.drain()
    api.post("/tags", json={"tag": "vip"})
    api.patch("/tags/vip", json={"tag": "best"})
    api.post(f"/lists/{list_id}/exports")
    sign_up(make_form(owner, list_id=list_id), f"{uuid.uuid4().hex}@example.com")
    campaign_id = make_campaign(owner, list_id=list_id)
    api.post(f"/campaigns/{campaign_id}/schedule")
    platform.drain()
    mail = MailToken(
        account_id=owner.account_id,
        source=MailSource.campaign(campaign_id),
        list_id=list_id,
        contact_id=int(contact_ids[0]),
    )
    Api().get(f"/o/{bootstrap.mail_tokens().make(TokenPurpose.OPEN, mail)}")
    groups = defaultdict(set)
    assert {name for name, _ in sent} == set(QUEUES) - OF_NO_ACCOUNT
    for name, entry in sent:
        account_id, kind = entry["MessageGroupId"].rsplit("-", 1)
        assert account_id == owner.account_id, name
        assert json.loads(entry["MessageBody"])["account_id"] == account_id, name
        groups[name].add(kind)
    assert groups["add-contacts"] == {"RunTaskPart", "SubscribeContact"}
    assert groups["plan-runs"] == {"StartRun", "ProcessBlocks", "AdvanceWorkflow"}


def test_a_sign_up_takes_the_same_answer_and_the_same_work_for_every_address(owner, platform):
    """Answers and response times of a form do not reveal who is in a list."""
    list_id = make_list(owner)
    form_id = make_form(owner, list_id=list_id)
    known = {status: f"{status}.{uuid.uuid4().hex}@example.com" for status in ("active", "unsubscribed", "suppressed")}
    for email in known.values():
        owner.api.post(f"/lists/{list_id}/contacts", json={"email": email})
    contact = bootstrap.contacts().find(owner.account_id, list_id, known["unsubscribed"])
    bootstrap.contacts().unsubscribe(owner.account_id, list_id, contact.id)
    owner.api.post("/suppressed-emails", json={"email": known["suppressed"]})
    seen = []
    for email in ("warm@example.com", f"new.{uuid.uuid4().hex}@example.com", *known.values()):
        with Meter() as meter:
            answer = sign_up(form_id, email)
        seen.append((answer.status, answer.body, answer.headers, meter.calls))
    assert seen[2:] == [seen[1]] * len(known)
    platform.drain()


def test_a_link_shows_the_same_page_after_the_same_reads_when_its_contact_is_gone(owner):
    list_id = make_list(owner)
    ids = [
        owner.api.post(f"/lists/{list_id}/contacts", json={"email": f"{uuid.uuid4().hex}@example.com"}).json["data"][
            "id"
        ]
        for _ in range(2)
    ]
    owner.api.delete(f"/lists/{list_id}/contacts/{ids[1]}")
    for purpose, prefix in (
        (TokenPurpose.UNSUBSCRIBE, "u"),
        (TokenPurpose.GLOBAL_UNSUBSCRIBE, "g"),
        (TokenPurpose.SUBSCRIBE, "s"),
        (TokenPurpose.PREFERENCES, "p"),
    ):
        seen = []
        for contact_id in ids:
            token = MailToken(account_id=owner.account_id, list_id=list_id, contact_id=contact_id)
            path = f"/{prefix}/{bootstrap.mail_tokens().make(purpose, token)}"
            with Meter() as meter:
                answer = Api().get(path)
            seen.append((answer.status, answer.body, answer.headers, meter.calls))
        assert seen[0] == seen[1], prefix

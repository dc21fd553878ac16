"""The rules of the local SES endpoint: limits, composing, events, the inbox."""

import base64
import json
from datetime import UTC, datetime
from email import message_from_bytes

import boto3
import pytest

from infra.local.inbox import list_page, mail_page
from infra.local.ses.account import DAY_S, SendingAccount
from infra.local.ses.compose import Outgoing, bulk_requests_of, outgoing_of
from infra.local.ses.errors import SesError
from infra.local.ses.events import events_of
from infra.local.ses.mailbox import Mailbox, readable
from infra.local.ses.publisher import EventPublisher
from infra.local.ses.server import LocalSes


class Seconds:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


def refusal(action, *arguments):
    with pytest.raises(SesError) as caught:
        action(*arguments)
    return caught.value


def test_the_rate_counts_recipients_and_refills(seconds):
    account = SendingAccount(max_send_rate=10, monotonic=seconds)
    account.admit(6)
    account.admit(4)
    assert refusal(account.admit, 1).message == "Maximum sending rate exceeded."
    seconds.now += 0.5
    account.admit(5)
    assert refusal(account.admit, 1).status == 429


def test_a_message_with_more_recipients_than_the_rate_is_paid_for_later(seconds):
    account = SendingAccount(max_send_rate=10, monotonic=seconds)
    account.admit(50)
    seconds.now += 4.0
    refusal(account.admit, 1)
    seconds.now += 0.2
    account.admit(1)


def test_the_daily_quota_has_its_own_text_and_ends(seconds):
    account = SendingAccount(max_send_rate=100, daily_quota=3, monotonic=seconds)
    account.admit(3)
    refused = refusal(account.admit, 1)
    assert (refused.status, refused.message) == (429, "Daily message quota exceeded.")
    seconds.now += DAY_S
    account.admit(3)


def test_a_paused_account_takes_nothing(seconds):
    account = SendingAccount(monotonic=seconds)
    account.configure(paused=True)
    assert refusal(account.admit, 1).code == "SendingPausedException"
    assert account.as_get_account()["SendingEnabled"] is False


def raw_request(raw, **more):
    data = base64.b64encode(raw).decode()
    return {
        "FromEmailAddress": "a@example.com",
        "Destination": {"ToAddresses": ["b@example.org"]},
        "Content": {"Raw": {"Data": data}},
    } | more


def test_a_raw_message_keeps_its_headers_and_gets_sess_message_id():
    raw = b"From: a@example.com\r\nMessage-ID: <mine@x>\r\nX-Own: one\r\n two\r\nBcc: c@example.org\r\n\r\nbody\r\n"
    mail = outgoing_of(raw_request(raw))
    read = message_from_bytes(mail.raw)
    assert read["X-Own"].split() == ["one", "two"]
    assert read["Message-ID"] == f"<{mail.message_id}@eu-central-1.amazonses.com>"
    assert read["Bcc"] is None
    assert read.get_payload() == "body\r\n"


def test_a_simple_message_becomes_mime():
    simple = {
        "Subject": {"Data": "Grüße"},
        "Body": {"Text": {"Data": "plain ü"}, "Html": {"Data": "<p>ü</p>"}},
        "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://example.com/u>"}],
    }
    mail = outgoing_of(raw_request(b"") | {"Content": {"Simple": simple}})
    shown = readable(mail.raw)
    assert (shown["subject"], shown["text"], shown["html"]) == ("Grüße", "plain ü", "<p>ü</p>")
    assert shown["headers"]["List-Unsubscribe"] == "<https://example.com/u>"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"Destination": {"ToAddresses": [f"{n}@example.org" for n in range(51)]}}, "Recipient count exceeds 50."),
        ({"Destination": {"ToAddresses": ["nobody"]}}, "Missing final '@domain'"),
        ({"Destination": {"ToAddresses": ["jürgen@example.org"]}}, "Local address contains control or whitespace"),
        ({"Content": {}}, "Content must have one of Simple, Raw."),
        ({"EmailTags": [{"Name": "ok", "Value": "not ok"}]}, "Invalid email tag"),
    ],
)
def test_mails_that_ses_refuses_are_refused(change, text):
    refused = refusal(outgoing_of, raw_request(b"From: a@example.com\r\n\r\nx") | change)
    assert (refused.status, refused.code) == (400, "BadRequestException")
    assert refused.message.startswith(text)


def test_a_bulk_call_fills_the_template_for_each_entry():
    template = {
        "TemplateContent": {"Subject": "Hi {{name}}", "Html": "<a href='{{links.shop}}'>shop</a>"},
        "TemplateData": json.dumps({"name": "you", "links": {"shop": "https://example.com"}}),
        "Headers": [{"Name": "List-Unsubscribe", "Value": "<{{leave}}>"}],
    }
    data = json.dumps({"name": "Ada", "leave": "https://example.com/u/1"})
    entry = {
        "Destination": {"ToAddresses": ["ada@example.org"]},
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
        "ReplacementTags": [{"Name": "ledger", "Value": "1"}],
    }
    (request,) = bulk_requests_of(
        {
            "FromEmailAddress": "a@example.com",
            "DefaultContent": {"Template": template},
            "DefaultEmailTags": [{"Name": "ledger", "Value": "0"}, {"Name": "campaign", "Value": "7"}],
            "BulkEmailEntries": [entry],
        }
    )
    mail = outgoing_of(request)
    shown = readable(mail.raw)
    assert (shown["subject"], shown["html"]) == ("Hi Ada", "<a href='https://example.com'>shop</a>")
    assert shown["headers"]["List-Unsubscribe"] == "<https://example.com/u/1>"
    assert mail.tags == {"ledger": "1", "campaign": "7"}


def mail_to(*recipients, raw=b"From: a@example.com\r\nSubject: s\r\n\r\nx"):
    return Outgoing(
        message_id="m",
        source="a@example.com",
        recipients=list(recipients),
        raw=raw,
        tags={"t": "v"},
        accepted_at=datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC),
    )


def test_events_tell_the_mail_as_ses_does():
    send, delivery = events_of(mail_to("B@example.org"))
    assert send["mail"] == delivery["mail"]
    mail = send["mail"]
    assert mail["timestamp"] == "2026-05-01T12:00:00.123Z"
    assert (mail["messageId"], mail["destination"], mail["tags"]["t"]) == ("m", ["B@example.org"], ["v"])
    assert {"name": "Subject", "value": "s"} in mail["headers"]
    assert delivery["delivery"]["recipients"] == ["B@example.org"]


def test_recipients_of_one_mail_can_have_different_outcomes():
    kinds = [
        (event["eventType"], len(event.get("bounce", {}).get("bouncedRecipients", [])))
        for event in events_of(mail_to("x@example.org", *(f"bounce+{n}@simulator.amazonses.com" for n in range(2))))
    ]
    assert kinds == [("Send", 0), ("Delivery", 0), ("Bounce", 2)]


def test_a_virus_is_rejected_without_a_send_event():
    raw = b"From: a@example.com\r\n\r\nX5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    assert [event["eventType"] for event in events_of(mail_to("x@example.org", raw=raw))] == ["Reject"]


def test_a_suppressed_address_bounces_and_gets_no_mail():
    ses = LocalSes()
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    client = boto3.client("sesv2", endpoint_url=ses.endpoint, region_name="eu-central-1", **keys)
    try:
        client.put_suppressed_destination(EmailAddress="Dead@example.org", Reason="BOUNCE")
        for to in ("dead@example.org", "alive@example.org"):
            ses.send(raw_request(b"From: a@example.com\r\n\r\nx") | {"Destination": {"ToAddresses": [to]}})
        listed = client.list_suppressed_destinations()["SuppressedDestinationSummaries"]
        assert [(entry["EmailAddress"], entry["Reason"]) for entry in listed] == [("Dead@example.org", "BOUNCE")]
        client.delete_suppressed_destination(EmailAddress="dead@example.org")
        with pytest.raises(client.exceptions.NotFoundException):
            client.get_suppressed_destination(EmailAddress="dead@example.org")
        assert [mail["to"] for mail in ses.mailbox.latest()] == [["alive@example.org"]]
    finally:
        ses.close()
    send, bounce = events_of(mail_to("dead@example.org"), {"dead@example.org"})
    assert (send["eventType"], bounce["bounce"]["bounceSubType"]) == ("Send", "OnAccountSuppressionList")


def test_events_are_published_in_batches_of_ten_and_in_order():
    batches = []
    publisher = EventPublisher(lambda topic, messages: batches.append((topic, messages)))
    for number in range(25):
        publisher.put("topic", {"number": number})
    publisher.flush()
    publisher.close()
    assert all(len(messages) <= 10 for _, messages in batches)
    assert [json.loads(m)["number"] for _, messages in batches for m in messages] == list(range(25))


def test_a_failed_publication_is_tried_again():
    calls = []

    def publish(topic, messages):
        calls.append(messages)
        if len(calls) == 1:
            raise OSError("broken")

    publisher = EventPublisher(publish)
    publisher.put("topic", {"number": 1})
    publisher.flush()
    publisher.close()
    assert len(calls) == 2


def test_the_inbox_is_newest_first_and_outlives_a_restart(tmp_path):
    mailbox = Mailbox(tmp_path / "mail.sqlite")
    for number in range(3):
        mail = mail_to(f"reader_{number}@example.org")
        mailbox.add(Outgoing(**(mail.__dict__ | {"message_id": f"m{number}"})))
    mailbox.close()
    again = Mailbox(tmp_path / "mail.sqlite")
    assert [mail["id"] for mail in again.latest()] == ["m2", "m1", "m0"]
    assert [mail["id"] for mail in again.latest(to="READER_1@example.org")] == ["m1"]
    assert again.latest(to="readerX1@example.org") == []
    again.clear()
    assert again.count() == 0
    again.close()


@pytest.fixture
def searched():
    mailbox = Mailbox()
    for number, (to, subject) in enumerate([("ada@example.com", "Tea 100%"), ("ben@example.com", "Käse_Brot")]):
        raw = f"From: Shop <shop@example.com>\nTo: {to}\nSubject: {subject}\n\nHello {number}".encode()
        mailbox.add(
            Outgoing(
                message_id=str(number),
                accepted_at=datetime(2026, 1, 1, tzinfo=UTC),
                source="shop@example.com",
                recipients=[to],
                tags={},
                raw=raw,
            )
        )
    return mailbox


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({}, ["1", "0"]),
        ({"to": "ADA@example.com"}, ["0"]),
        ({"to": "example.com"}, []),
        ({"text": "tea"}, ["0"]),
        ({"text": "0%"}, ["0"]),
        ({"text": "%"}, ["0"]),
        ({"text": "hello 1"}, ["1"]),
        ({"text": "shop@"}, ["1", "0"]),
        ({"text": "tea", "to": "ben@example.com"}, []),
        ({"text": "' OR 1=1 --"}, []),
    ],
)
def test_the_inbox_is_searched_by_recipient_and_text(searched, search, found):
    assert [mail["id"] for mail in searched.latest(**search)] == found
    assert searched.count(**search) == len(found)


def test_a_page_of_the_inbox_keeps_the_search_and_shows_the_heads_first(searched):
    html = list_page(searched.latest(), total=200, page=2, to="a&b@example.com", text='"<x>')
    assert "/_local/?to=a%26b%40example.com&amp;text=%22%3Cx%3E&amp;page=3" in html
    assert 'value="a&amp;b@example.com"' in html
    assert "Shop &lt;shop@example.com&gt;" in html
    mail = mail_page(searched.get("0"))
    assert mail.index("Tea 100%</td>") < mail.index("<h2>Text</h2>")

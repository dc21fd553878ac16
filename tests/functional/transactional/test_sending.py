"""Transactional mail over HTTP: accepted and refused calls, and the sent mails."""

import base64
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.mail_events.source import MailSource


def hour_of(moment):
    return int(moment.timestamp()) // 3600


PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 20
ICS = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


def file(name: str, kind: str, data: bytes) -> dict[str, str]:
    return {"filename": name, "type": kind, "content": base64.b64encode(data).decode()}


def make_template(shop, **content):
    body = {"name": "Receipt", "content": {"type": "html", **content}}
    return shop.owner.api.post("/templates", json=body).json["id"]


def test_a_receipt_by_template_arrives_with_attributes_header_and_file(shop):
    template_id = make_template(
        shop,
        html='<p>Dear [first_name,friend], order <b>[order]</b></p><a href="https://example.com/o/[order]">See</a>',
    )
    to = shop.address()
    attributes = [{"name": "first_name", "value": "Ada & Co"}, {"name": "order", "value": "A-17"}]
    shop.send(
        to,
        content={"template": {"id": template_id, "custom_attributes": attributes}},
        additional_headers=[{"name": "X-Order", "value": "A-17"}],
        attachment=file("receipt-17.pdf", "pdf", PDF),
        sender={"id": shop.sender_id, "name": "The Shop"},
    )
    (message,) = shop.received(to)
    assert message["Subject"] == "Your receipt"
    assert message["X-Order"] == "A-17"
    assert message["To"] == to
    assert "The Shop" in message["From"]
    html = message.get_body(("html",)).get_content()
    assert "Dear Ada &amp; Co, order" in html
    assert "A-17" in message.get_body(("plain",)).get_content()
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("receipt-17.pdf", "application/pdf")
    assert attached.get_content() == PDF


def test_the_part_of_a_calendar_names_its_method(shop):
    to = shop.address()
    shop.send(to, attachment=file("invite.ics", "calendar", ICS))
    (attached,) = shop.received(to)[0].iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached["Content-Type"].params["method"] == "REQUEST"


def test_two_calls_with_one_key_are_one_mail(shop):
    to = shop.address()
    first, second = (shop.post(to, key="order-17") for _ in range(2))
    assert (first.status, first.json) == (second.status, second.json)
    assert shop.post(to, key="order-17", group_id=3).status == 409
    shop.platform.drain("send-transactional")
    assert len(shop.received(to)) == 1


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"content": {"text": "", "html": ""}}, 422),
        ({"content": {"encoding": "utf-8"}}, ["body", "content"]),
        ({"content": {"template": {"id": 999999}}}, ["body", "content", "template", "id"]),
        ({"content": {"html": "{% if %}"}}, ["body", "content", "html"]),
        ({"content": {"html": "x", "subject": "a\r\nBcc: x@example.com"}}, ["body", "content", "subject"]),
        ({"sender": {"id": "nobody"}}, ["body", "sender", "id"]),
        ({"additional_headers": [{"name": "Bcc", "value": "x@example.com"}]}, ["body", "additional_headers", "0"]),
        ({"additional_headers": [{"name": "X-A", "value": "a\nb"}]}, ["body", "additional_headers", "0"]),
        (
            {"additional_headers": [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}]},
            ["body", "additional_headers", "1", "name"],
        ),
        ({"attachment": file("a.pdf", "calendar", ICS)}, ["body", "attachment", "filename"]),
        ({"attachment": {**file("a.pdf", "pdf", PDF), "content": "***"}}, 422),
        ({"attachment": file("../a.pdf", "pdf", PDF)}, 422),
        ({"attachment": file("a.pdf", "pdf", ICS)}, ["body", "attachment", "content"]),
        ({"attachment": file("a.ics", "calendar", PDF)}, ["body", "attachment", "content"]),
        ({"attachment": {**file("a.pdf", "pdf", PDF), "content": ""}}, ["body", "attachment", "content"]),
    ],
)
def test_invalid_mails_are_refused_with_the_place(shop, fields, place):
    answer = shop.post(shop.address(), **fields)
    if place == 422:
        assert answer.status == 422
    else:
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, place), answer.text


def test_a_mail_is_sent_later_or_waits_as_a_draft_until_it_is_released_or_deleted(shop):
    later, draft, deleted = shop.address("later"), shop.address("draft"), shop.address("deleted")
    moment = int(shop.platform.clock().timestamp()) + 86_400
    answers = [shop.post(later, send_at=moment), shop.post(draft, draft=True), shop.post(deleted, send_at=moment)]
    ids = [answer.json["data"]["id"] for answer in answers]
    assert [answer.json["sent"] for answer in answers] == [False] * 3
    api = shop.owner.api
    assert api.post(f"/emails/{ids[1]}/release").json == {"id": ids[1], "object": "email", "released": True}
    assert api.delete(f"/emails/{ids[2]}").json == {"id": ids[2], "object": "email", "deleted": True}
    shop.platform.drain("send-transactional")
    refusal = api.delete(f"/emails/{ids[1]}")
    assert (refusal.status, refusal.json["detail"][0]["loc"]) == (400, ["path", "email_id"])
    assert api.post(f"/emails/{ids[2]}/release").status == 400
    shop.platform.clock.move(timedelta(days=1, seconds=1))
    shop.platform.ring()
    shop.platform.drain("send-transactional")
    assert [len(shop.received(to)) for to in (later, draft, deleted)] == [1, 1, 0]
    too_far = shop.post(later, send_at=moment + 91 * 86_400)
    assert (too_far.status, too_far.json["detail"][0]["loc"]) == (400, ["body", "send_at"])


def test_an_unconfirmed_sender_is_refused(shop):
    sender_id = shop.owner.api.post("/brands/default/senders", json={"name": "X", "email": shop.address()}).json["id"]
    answer = shop.post(shop.address(), sender={"id": sender_id})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "sender", "id"])


@pytest.mark.parametrize("pattern", ["{}", "*@{domain}", "{local}@*"])
def test_a_suppressed_address_is_refused(shop, pattern):
    to = shop.address()
    local, domain = to.split("@")
    shop.owner.api.post("/suppressed-emails", json={"email": pattern.format(to, local=local, domain=domain)})
    answer = shop.post(to.upper())
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "email"])


def test_the_limit_of_a_month_counts_all_mails_of_the_account(shop):
    """Mails of campaigns are in the same counters."""
    bootstrap.accounts().change(shop.owner.account_id, {"usage_limits": {"per_month": 2}})
    events = bootstrap.events()
    events.set_sent_count(shop.owner.account_id, 1, MailSource.campaign(1), "run", {hour_of(shop.platform.clock()): 1})
    shop.send(shop.address())
    refusal = shop.post(shop.address())
    assert refusal.status == 400
    assert "may send 2 mails in its month and has sent 2; this needs 1 more" in refusal.json["detail"][0]["msg"]
    bootstrap.accounts().change(shop.owner.account_id, {"usage_limits": {"per_month": -1}})
    assert shop.post(shop.address()).status == 201

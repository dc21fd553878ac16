"""Attacks by programs that send mail, and by the values that strangers put into it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postrider.content.compose import custom_headers
from postrider.kit.errors import Invalid
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_sender

INJECTIONS = (
    "{{ ''.__class__.__mro__ }}",
    "{{ x|attr('format') }}",
    "{{ env('CANARY_SECRET') }}",
    "{% include '/etc/passwd' %}",
    "{{ self }}",
    "{{ contact.__dict__ }}",
)
CANARY = "secret-of-the-process"
LEAKS = (CANARY, "root:x:", "<class", "__dict__':", "object at 0x")


def test_expressions_reach_nothing_of_the_platform(shop, monkeypatch):
    monkeypatch.setenv("CANARY_SECRET", CANARY)
    for injection in INJECTIONS:
        for place in ("html", "text", "subject"):
            to = shop.address()
            answer = shop.post(to, content={"text": "Hi", place: injection, "encoding": "utf-8"})
            assert answer.status in (201, 400), answer.text
            shop.platform.drain("send-transactional")
            for message in shop.received(to) if answer.status == 201 else ():
                shown = f"{message['Subject']} {message.get_body(('plain', 'html')).get_content()}"
                assert not any(leak in shown for leak in LEAKS)


def test_values_are_shown_and_never_read(shop):
    """A stranger's name is text: neither an expression, nor a tag, nor HTML."""
    template = {"name": "x", "content": {"type": "html", "html": "<p>Dear [name]</p>"}}
    template_id = shop.owner.api.post("/templates", json=template).json["id"]
    names = ("{{ 7 | times: 7 }}", "{% for x in (1..9) %}x{% endfor %}", "[email]", "<a href=//evil.example>Click</a>")
    for name in names:
        to = shop.address()
        attributes = [{"name": "name", "value": name}]
        shop.send(to, content={"template": {"id": template_id, "custom_attributes": attributes}})
        (message,) = shop.received(to)
        html = message.get_body(("html",)).get_content()
        assert "49" not in html
        assert "<a " not in html
        assert name.split("<")[0] in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    "html",
    [
        "{% for a in (1..99999) %}{% for b in (1..99999) %}x{% endfor %}{% endfor %}",
        "{{ 'x' " + "| append: 'x' " * 10_000 + "}}",
        "x" * 600_000,
    ],
)
def test_contents_that_cost_too_much_are_refused(shop, html):
    assert shop.post(shop.address(), content={"html": html}).status == 400


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", "\u2028", "\x85"])
def test_no_header_can_be_added_by_any_value(shop, end):
    injected = f"x{end}Bcc: victim@example.com"
    attempts = (
        {"content": {"html": "x", "subject": injected}},
        {"sender": {"id": shop.sender_id, "name": injected}},
        {"additional_headers": [{"name": "X-A", "value": injected}]},
        {"additional_headers": [{"name": injected, "value": "x"}]},
        {"attachment": {"filename": f"{injected}.pdf", "type": "pdf", "content": "eA=="}},
    )
    for fields in attempts:
        assert shop.post(shop.address(), **fields).status in (400, 422), fields
    assert shop.post(f"a@example.com{end}Bcc: victim@example.com").status in (400, 422)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Bcc",
            "bcc",
            "Cc",
            "To",
            "From",
            "Sender",
            "Reply-To",
            "Return-Path",
            "DKIM-Signature",
            "Message-ID",
            "Date",
        ),
        *(
            "X-SES-CONFIGURATION-SET",
            "x-ses-source-arn",
            "Content-Type",
            "MIME-Version",
            "List-Unsubscribe",
            "Received",
        ),
    ],
)
def test_reserved_headers_are_refused(shop, name):
    assert shop.post(shop.address(), additional_headers=[{"name": name, "value": "x"}]).status == 400


def test_a_megabyte_in_a_header_is_refused(shop):
    assert shop.post(shop.address(), additional_headers=[{"name": "X-A", "value": "x" * 1_000_000}]).status == 400


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=3))
def test_headers_are_sent_as_requested_or_refused(headers):
    try:
        lines = custom_headers(headers)
    except Invalid:
        return
    text = b"".join(lines).decode()
    starts = [line for line in text.split("\r\n") if line and not line.startswith((" ", "\t"))]
    assert [line.partition(":")[0] for line in starts] == list(headers)
    assert "\n" not in text.replace("\r\n", "")


def test_a_sender_of_another_account_is_refused(shop):
    answer = shop.post(shop.address(), sender={"id": make_sender(make_owner())})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "sender", "id"])

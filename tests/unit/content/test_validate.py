"""What saving refuses."""

import pytest

from postrider.content.compile import Source
from postrider.content.headers import check_sender_name
from postrider.content.validate import (
    MAX_HTML_BYTES,
    MAX_SUBJECT_CHARS,
    MAX_TEXT_BYTES,
    check_content,
)
from postrider.kit.errors import Forbidden, Invalid


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: x", "a\nb", "a\0b", "a\u2028b", "x" * (MAX_SUBJECT_CHARS + 1), "x" * 10**6]
)
def test_a_subject_that_is_no_header_is_refused(subject):
    with pytest.raises(Invalid) as refused:
        check_content(Source(subject=subject, html="x"))
    assert refused.value.field == ("content", "subject")


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("html", "é" * (MAX_HTML_BYTES // 2 + 1)),
        ("text", "x" * (MAX_TEXT_BYTES + 1)),
        ("html", "a\0b"),
        ("text", "a\ud800b"),
        ("html", "{% if contact.x %}"),
        ("text", "[ENDIF]"),
    ],
)
def test_a_part_that_cannot_be_sent_is_refused(part, value):
    with pytest.raises(Invalid) as refused:
        check_content(Source(**{part: value}))
    assert refused.value.field == ("content", part)


def test_a_content_at_the_limits_is_taken():
    source = Source(subject="x" * MAX_SUBJECT_CHARS, html="<p>x</p>" * (MAX_HTML_BYTES // 8), text="x" * MAX_TEXT_BYTES)
    assert check_content(source).links == ()


@pytest.mark.parametrize("subject", [" ", "\t \u3000", "\xa0", "\u200b\ufeff"])
def test_a_blank_subject_is_refused(subject):
    with pytest.raises(Invalid) as refused:
        check_content(Source(subject=subject, html="x"))
    assert (refused.value.field, refused.value.code) == (("content", "subject"), "subject_blank")


def test_an_empty_content_is_a_draft():
    assert check_content(Source()).html is None


@pytest.mark.parametrize("name", ["a\r\nb", "a\0", "x" * 129])
def test_a_sender_name_that_is_no_header_is_refused(name):
    with pytest.raises(Invalid):
        check_sender_name(name, "a@b.co")


@pytest.mark.parametrize("name", ["boss@bank.example", "Boss <boss@bank.example>", "a@b.co.evil.example", "x(a@c.co)"])
def test_a_sender_name_cannot_show_anothers_address(name):
    with pytest.raises(Forbidden):
        check_sender_name(name, "a@b.co")


@pytest.mark.parametrize("name", ["Ann @ ACME", "a@b.co", "A@B.co", "@acme", 'Ann, "the" boss'])
def test_other_names_may_be_shown(name):
    assert check_sender_name(name, "a@b.co") == name

"""Contents that are refused when they are saved."""

import pytest

from postrider.content.compiled import ContentSource
from postrider.content.compose import custom_headers
from postrider.content.headers import check_sender_name, without_line_ends
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
        check_content(ContentSource(subject=subject, html="x"))
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
        check_content(ContentSource(**{part: value}))
    assert refused.value.field == ("content", part)


def test_a_content_at_the_limits_is_taken():
    source = ContentSource(
        subject="x" * MAX_SUBJECT_CHARS, html="<p>x</p>" * (MAX_HTML_BYTES // 8), text="x" * MAX_TEXT_BYTES
    )
    assert check_content(source).links == ()


@pytest.mark.parametrize("subject", [" ", "\t \u3000", "\xa0", "\u200b\ufeff"])
def test_a_blank_subject_is_refused(subject):
    with pytest.raises(Invalid) as refused:
        check_content(ContentSource(subject=subject, html="x"))
    assert (refused.value.field, refused.value.code) == (("content", "subject"), "subject_blank")


def test_an_empty_content_is_a_draft():
    assert check_content(ContentSource()).html is None


@pytest.mark.parametrize("char", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_texts_of_headers_do_not_turn_the_direction_of_other_text(char):
    """A name with U+202E before `moc.knab@ssob` reads as another address."""
    with pytest.raises(Invalid):
        check_sender_name(f"a{char}b", "a@b.co")
    with pytest.raises(Invalid):
        custom_headers({"X-Note": f"a{char}b"})
    with pytest.raises(Invalid) as refused:
        check_content(ContentSource(subject=f"a{char}b", html="x"))
    assert (refused.value.field, refused.value.details) == (("content", "subject"), {"line": 1, "column": 2})
    assert without_line_ends(f"a{char}b") == "a b"


def test_marks_of_direction_are_allowed_in_headers():
    name = "\u200f\u05e9\u05dc\u05d5\u05dd\u200e \u061c1"
    assert check_sender_name(name, "a@b.co") == name


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

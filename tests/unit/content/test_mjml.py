"""MJML: compiled sources, and sources that are refused before the compilation."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.content.mjml import MAX_DEPTH, MAX_SOURCE_BYTES, compile_mjml
from postrider.kit.errors import Invalid


def source(body: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column>{body}</mj-column></mj-section></mj-body></mjml>"


def compiled(text: object) -> str:
    return compile_mjml(text, field="mjml")


def test_texts_are_kept_with_entities_and_open_void_elements():
    html = compiled(source('<mj-text>a<br>b&nbsp;&amp; <b>c</b> <img src="x.png" alt="1 > 0"></mj-text>'))
    assert "a<br />b\xa0&amp; <b>c</b>" in html
    assert 'alt="1 > 0"' in html or 'alt="1 &gt; 0"' in html


def test_comments_go():
    assert "secret" not in compiled(source("<!-- secret --><mj-text>x</mj-text>"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (7, "must be a text"),
        ("", "Invalid MJML at line 1"),
        ("<html/>", "starts with <mjml>"),
        (source("<mj-text>\n\na < b</mj-text>"), "at line 3"),
        (source("<mj-text>x"), "at line 1"),
        (source("<mj-text><script>alert(1)</script></mj-text>"), "<script> is not allowed"),
        (source("<mj-raw><iframe/></mj-raw>"), "<iframe> is not allowed"),
        (source("<mj-foo>x</mj-foo>"), "<mj-foo> is not allowed"),
        (source('<mj-include path="/etc/passwd" />'), "<mj-include> is not allowed"),
        ('<!DOCTYPE mjml [<!ENTITY a "b">]>' + source("<mj-text>&a;</mj-text>"), "document type"),
        (source("<mj-text>&unknown;</mj-text>"), "at line 1"),
        (source("<mj-text>" + "<div>" * MAX_DEPTH + "</div>" * MAX_DEPTH + "</mj-text>"), "nest more than"),
        (source("<mj-text>" + "<div>" * 9_000 + "</div>" * 9_000 + "</mj-text>"), "Invalid MJML"),
        ("<mj-section>" * 20_000, "Invalid MJML"),
        (source("<mj-text>" + "x" * MAX_SOURCE_BYTES + "</mj-text>"), "too large"),
        (source("<mj-text>\0\ud800</mj-text>"), "Invalid MJML"),
    ],
)
def test_invalid_mjml_is_refused_with_the_place(text, message):
    with pytest.raises(Invalid, match=message) as refused:
        compiled(text)
    assert refused.value.field == ("mjml",)


PIECES = st.sampled_from(
    (
        "<mj-text>",
        "</mj-text>",
        "<div>",
        "</div>",
        "<br>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "&lt;",
        "&",
        "<",
        "'",
        '"',
    )
) | st.text(max_size=8)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_source_is_compiled_or_refused(body):
    with suppress(Invalid):
        assert "<body" in compiled(source(body))

"""The canonical address of different spellings."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.contacts.address import canonical, parse
from postrider.kit.errors import Invalid


@pytest.mark.parametrize(
    ("text", "given_", "identity"),
    [
        ("Ann@Example.COM", "Ann@Example.COM", "ann@example.com"),
        (" \u00a0a@example.com\r\n", "a@example.com", "a@example.com"),
        ("\ufeffa@example.com\u200b", "a@example.com", "a@example.com"),
        ("A@B\u00dcCHER.example", "A@B\u00dcCHER.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@b\u00fccher.example", "a@xn--bcher-kva.example"),
        ("a@\uff45xample.com", "a@example.com", "a@example.com"),
        ("o'neil+news@example.co.uk", "o'neil+news@example.co.uk", "o'neil+news@example.co.uk"),
        ("a@mail.test", "a@mail.test", "a@mail.test"),
    ],
)
def test_spellings_of_an_address_have_the_same_canonical_form(text, given_, identity):
    found = parse(text)
    assert (found.original, found.canonical) == (given_, identity)
    assert parse(found.original).canonical == identity
    assert parse(found.canonical).canonical == identity


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "*@example.com",
        "any*@example.com",
        "zo\u00eb@example.com",
        "@example.com",
        "a@",
        "a@example",
        "a@test",
        "a b@example.com",
        "a@exa mple.com",
        "a..b@example.com",
        ".a@example.com",
        "a@example.com.",
        "a@-x.example.com",
        "a@b_c.example.com",
        '"a b"@example.com',
        "a@[192.0.2.1]",
        "Ann <a@example.com>",
        "a@example.com,b@example.com",
        "a@example.com\r\nBcc: x@example.com",
        "a\r\nBcc: x@example.com",
        "a\0@example.com",
        "a\u2028@example.com",
        "a\u202e@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.com",
    ],
)
def test_invalid_addresses_are_refused(text):
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert (refused.value.code, refused.value.field) == ("email_invalid", ("email",))


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_invalid(text):
    try:
        found = parse(text)
    except Invalid:
        canonical(text)
        return
    assert not any(ord(char) < 33 for char in found.original + found.canonical)
    assert canonical(found.original.upper()) == canonical(found.original) or not found.original.isascii()


@pytest.mark.parametrize("text", ["a" * 100_000, "@" * 100_000, ("a." * 50_000) + "@b.co", "a@" + "b." * 50_000])
def test_long_texts_are_refused_fast(text):
    began = time.process_time()
    with pytest.raises(Invalid):
        parse(text)
    assert time.process_time() - began < 0.05

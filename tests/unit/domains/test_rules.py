"""Names of domains: spelling, what lies below what, and what looks alike."""

import pytest

from postrider.domains.dns_records import fault_of
from postrider.domains.model import ExpectedDnsRecord
from postrider.domains.rules import domain_and_parents, domain_of, is_below, look_alike, parse_domain
from postrider.kit.errors import Invalid


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        (" Example.COM. ", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("ｅxample.com", "example.com"),  # noqa: RUF001
        ("a_b.example", None),
        ("example", None),
        ("1.2.3.4", None),
        ("a..example", None),
        ("x" * 64 + ".example", None),
        ("\u202eexample.com", None),
    ],
)
def test_a_domain_has_one_spelling(text, domain):
    if domain is not None:
        assert parse_domain(text) == domain
    else:
        with pytest.raises(Invalid):
            parse_domain(text)


def test_the_domain_of_an_address():
    assert domain_of("Ada@News.Example.com") == "news.example.com"
    assert domain_of("nobody") == domain_of("a@b") == ""


def test_a_long_domain_has_a_limited_number_of_parent_domains():
    assert domain_and_parents("a.b.example.com") == ["a.b.example.com", "b.example.com", "example.com"]
    names = domain_and_parents(f"{'x.' * 100}example.com")
    assert len(names) == 9
    assert names[-1] == "example.com"


def test_a_name_with_the_same_end_is_not_below():
    assert is_below("a.example.com", "example.com")
    assert not is_below("notexample.com", "example.com")
    assert not is_below("example.com", "example.com")


def test_look_alikes_of_latin_letters_are_found():
    assert look_alike(parse_domain("ехаmрlе.com")) == "example.com"  # noqa: RUF001
    assert look_alike("example.com") is None
    assert look_alike(parse_domain("müller.example")) is None, "an umlaut is a letter of its own"
    assert look_alike(parse_domain("москва.example")) != "mockba.example"


def test_any_text_of_a_record_is_judged():
    """Whatever a zone has, there is an answer."""
    record = ExpectedDnsRecord(
        kind="TXT", name="s._domainkey.e.co", value="v=DKIM1; k=rsa; p=" + "A" * 392, domain="e.co"
    )
    for value in ("", ";", "=", "p=", "v=DKIM1", '"', "\x00", "v=DKIM1; p=" + "A" * 392 + " ", "é" * 1000, "p=p=p=;;;"):
        fault = fault_of(record, (value,))
        assert fault is None or fault.problem
    assert fault_of(record, ("p=" + "A " * 392,)) is None, "spaces in a key have no meaning"

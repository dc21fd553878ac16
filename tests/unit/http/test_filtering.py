"""The `filter` parameter."""

import pytest

from postrider.http.main.contact_filters import parse_contact_filter
from postrider.http.main.filtering import MAX_LENGTH, parse_filter
from postrider.kit.errors import Invalid

TERMS = ("status", "name")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (None, {}),
        ("", {}),
        ("status==active", {"status": ["active"]}),
        ("status==active;name==A b", {"status": ["active"], "name": ["A b"]}),
        ("name==a;name==b;", {"name": ["a", "b"]}),
        (" name ==a==b ", {"name": ["a==b "]}),
        ("name==", {"name": [""]}),
    ],
)
def test_terms_and_values(text: str | None, values: dict[str, list[str]]) -> None:
    """A value is the raw rest up to the semicolon; a repeated term has several."""
    assert parse_filter(text, allowed=TERMS) == values


@pytest.mark.parametrize(
    "text", ["status", "status=active", "status!=active", "shoe==43", "==x", "n" * (MAX_LENGTH + 1)]
)
def test_anything_else_is_invalid(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_filter(text, allowed=TERMS)
    assert refused.value.field == ("filter",)
    assert len(refused.value.message) < 200


def test_a_listing_without_filters_says_so() -> None:
    with pytest.raises(Invalid, match="no filter"):
        parse_filter("a==b", allowed=())


def test_a_filter_of_contacts_gives_statuses_in_the_words_of_the_domain() -> None:
    assert parse_contact_filter("status==subscribed;status==pending;email==a@b.example") == {
        "status": ["active", "pending"],
        "email": ["a@b.example"],
    }

"""The `sort` parameter."""

import pytest

from postrider.http.main.sorting import parse_sort
from postrider.kit.errors import Invalid
from postrider.kit.sorting import Sort

TERMS = ("name", "created_on")


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        (None, None),
        ("", None),
        ("name", Sort("name")),
        ("+name", Sort("name")),
        (" name", Sort("name")),
        ("-created_on", Sort("created_on", descending=True)),
    ],
)
def test_sign_and_term(text: str | None, sort: Sort | None) -> None:
    """A raw + in a query string decodes to a space."""
    assert parse_sort(text, allowed=TERMS) == sort


@pytest.mark.parametrize("text", ["shoe", "--name", "name,created_on", "-", "name-"])
def test_anything_else_is_invalid(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_sort(text, allowed=TERMS)
    assert refused.value.field == ("sort",)

"""Values of custom attributes by type."""

import pytest

from postrider.attributes.model import AttributeType
from postrider.attributes.rules import value_of


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "x", "x"),
        ("text", "  ", None),
        ("integer", " -42 ", -42),
        ("integer", str(2**63 - 1), 2**63 - 1),
        ("datetime", "2030-12-31", "2030-12-31 00:00:00"),
        ("datetime", "2030-12-31 23:59:59", "2030-12-31 23:59:59"),
        ("timestamp", "2030-12-31T23:59:59+02:00", "2030-12-31 21:59:59"),
        ("timestamp", "1700000000", "2023-11-14 22:13:20"),
        ("timestamp", "-315619200", "1960-01-01 00:00:00"),
        ("datetime", "20240131", "2024-01-31 00:00:00"),
        ("timestamp", "19991231", "1999-12-31 00:00:00"),
        ("datetime", "1000-01-01", "1000-01-01 00:00:00"),
    ],
)
def test_a_value_is_stored_in_a_canonical_form(kind, text, value):
    assert value_of(AttributeType(kind), text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "x" * 256),
        ("mediumtext", "é" * 40_000),
        ("integer", "1.5"),
        ("integer", "1e3"),
        ("integer", str(2**63)),
        ("integer", "٣٤"),
        ("datetime", "soon"),
        ("datetime", "2030-02-30"),
        ("timestamp", "99999999999999999"),
        ("datetime", "2024"),
        ("datetime", "202401"),
        ("datetime", "20240231"),
        ("timestamp", "18991231"),
        ("timestamp", "99999999"),
        ("timestamp", "202401311200"),
        ("datetime", "0001-01-01"),
        ("datetime", "0999-12-31 23:59:59"),
    ],
)
def test_values_of_another_type_are_refused(kind, text):
    with pytest.raises(ValueError, match=r"is not|has more"):
        value_of(AttributeType(kind), text)

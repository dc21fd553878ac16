"""Values of custom attributes by type."""

import pytest

from postrider.attributes.model import AttributeFormat, AttributeType, Definition
from postrider.attributes.rules import formatted_value_of, value_of


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


@pytest.mark.parametrize(
    ("format_", "text", "value"),
    [
        ("phone", " +41 44 668 18 00 ", "+41 44 668 18 00"),
        ("phone", "call me", None),
        ("url", "https://example.com/a?b=c", "https://example.com/a?b=c"),
        ("url", "javascript:alert(1)", None),
        ("image", "http://example.com/a.png", "http://example.com/a.png"),
        ("birthday", "2/29", "2/29"),
        ("birthday", "13/01", None),
        ("postcode", "SW1A 1AA", "SW1A 1AA"),
        ("postcode", "!", None),
    ],
)
def test_a_format_is_checked(format_, text, value):
    definition = Definition(type=AttributeType.TEXT, format=AttributeFormat(format_))
    if value is None:
        with pytest.raises(ValueError, match=r"^is not "):
            formatted_value_of(definition, text)
    else:
        assert formatted_value_of(definition, text) == value


def test_an_address_is_an_object_with_known_members():
    definition = Definition(type=AttributeType.MEDIUMTEXT, format=AttributeFormat.ADDRESS)
    text = '{"zip": "10115", "addr1": "Main Street 1", "colour": "red"}'
    assert formatted_value_of(definition, text) == '{"addr1":"Main Street 1","zip":"10115"}'
    for invalid in ("Main Street 1", "[]", '{"zip": 10115}'):
        with pytest.raises(ValueError, match="is not an address"):
            formatted_value_of(definition, invalid)

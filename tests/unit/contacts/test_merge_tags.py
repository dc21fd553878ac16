"""Names of attributes in capital letters: unique in a list, and stable when attributes are added."""

from datetime import UTC, datetime

import pytest

from postrider.attributes.merge_tags import check_merge_tag, merge_tags
from postrider.attributes.model import Attribute, AttributeFormat, AttributeType
from postrider.kit.errors import Conflict, Invalid


def attribute(number, name, tag=""):
    return Attribute(
        id=number,
        account_id="1",
        list_id=1,
        name=name,
        merge_tag=tag,
        type=AttributeType.TEXT,
        format=AttributeFormat.TEXT,
        created_at=datetime(2030, 1, 1, tzinfo=UTC),
        updated_at=datetime(2030, 1, 1, tzinfo=UTC),
    )


def test_a_tag_is_given_or_follows_from_the_name():
    attributes = [
        attribute(1, "first_name"),
        attribute(2, "city"),
        attribute(3, "CITY"),
        attribute(4, "favourite_colour"),
        attribute(5, "town", "HOME"),
        attribute(6, "email"),
        attribute(12345, "a-b"),
    ]
    assert merge_tags(attributes) == {
        1: "FNAME",
        2: "CITY",
        3: "MMERGE3",
        4: "MMERGE4",
        5: "HOME",
        6: "MMERGE6",
        12345: "M12345",
    }


def test_a_given_tag_wins_and_of_two_equal_ones_the_older():
    assert merge_tags([attribute(1, "home"), attribute(2, "x", "HOME"), attribute(3, "y", "HOME")]) == {
        1: "MMERGE1",
        2: "HOME",
        3: "Y",
    }


@pytest.mark.parametrize("tag", ["", "lower", "TOOLONGATAG", "A B", "EMAIL"])
def test_an_invalid_tag_is_refused(tag):
    with pytest.raises(Invalid):
        check_merge_tag(tag, [])


def test_a_tag_that_another_attribute_has_is_refused():
    attributes = [attribute(1, "city")]
    check_merge_tag("CITY", attributes, own_id=1)
    with pytest.raises(Conflict):
        check_merge_tag("CITY", attributes)

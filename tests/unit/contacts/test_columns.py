"""Headers of files: what each column fills, and all problems at once."""

import pytest

from postrider.attributes.model import AttributeType
from postrider.imports.columns import ColumnOptions, OtherColumns, email_column, planned
from postrider.kit.errors import Invalid

KNOWN = {"First_Name": AttributeType.TEXT, "city": AttributeType.TEXT}


def plan(header, rows=(), **options):
    return planned(header, ColumnOptions(**options), KNOWN, rows)


def problems(header, **options):
    with pytest.raises(Invalid) as refusal:
        plan(header, **options)
    return [problem.code for problem in refusal.value.problems]


def test_columns_fill_what_has_their_name_without_regard_to_case():
    found = plan(["EMAIL", "first_name", "City", "Tags", "STATUS", "id", "refused_reason", ""])
    assert found.targets == ["@email", "First_Name", "city", "@tags", "@status", None, None, None]


@pytest.mark.parametrize("name", ["email", "E-mail", "E-Mail Address", "email_address", "Mail", "EmailAddress"])
def test_spellings_of_the_column_of_addresses(name):
    assert email_column(["x", name]) == 1


def test_all_problems_of_a_header_are_reported_at_once():
    header = ["name", "Zip", "zip", "bad name", "city", "Town"]
    assert problems(header, columns={"nothing": "city", "TOWN": "city", "name": "gone"}) == [
        "csv_column_unknown",
        "csv_without_email",
        "attribute_unknown",
        "attribute_unknown",
        "attribute_unknown",
        "attribute_unknown",
        "csv_column_repeated",
    ]


def test_equal_columns_can_be_skipped():
    assert plan(["email", "x", "x"], columns={"X": None}).targets == ["@email", None, None]
    assert plan(["email", "x", "x"], other_columns=OtherColumns.IGNORE).targets == ["@email", None, None]
    assert problems(["email", "Email"]) == ["csv_column_repeated"]


def test_a_mapped_attribute_that_the_list_lacks_is_not_ignored():
    assert problems(["email", "x"], columns={"x": "y"}, other_columns=OtherColumns.IGNORE) == ["attribute_unknown"]


def test_types_of_new_attributes_are_given_or_guessed():
    columns = ["email", "age", "joined", "zip", "note", "story", "empty", "code"]
    rows = [
        ["a@b.co", "7", "2026-01-02", "01234", "x", "y" * 300, "", "1"],
        ["b@b.co", "-12", "2026-01-02 03:04:05", "12345", "1", "", "", "2"],
    ]
    found = plan(columns, rows, other_columns=OtherColumns.CREATE, guess_types=True, types={"CODE": AttributeType.TEXT})
    assert found.new == {
        "age": AttributeType.INTEGER,
        "joined": AttributeType.DATETIME,
        "zip": AttributeType.TEXT,
        "note": AttributeType.TEXT,
        "story": AttributeType.MEDIUMTEXT,
        "empty": AttributeType.TEXT,
        "code": AttributeType.TEXT,
    }
    unguessed = plan(columns, rows, other_columns=OtherColumns.CREATE)
    assert set(unguessed.new.values()) == {AttributeType.TEXT}

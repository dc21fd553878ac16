"""Files are cut at records, whatever is in them."""

import csv
import io
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.imports import csv_file
from postrider.imports.columns import email_column
from postrider.imports.csv_file import FileCutter, format_of, records
from postrider.kit.errors import Invalid

CELL = st.text(alphabet=st.sampled_from('ab",;\n\ré€ '), max_size=12)


def cut(raw: bytes, chunk: int):
    form = format_of(raw[: csv_file.HEAD_BYTES])
    cuts = FileCutter(form, len(raw))
    for at in range(form.data_at, len(raw), chunk):
        cuts.feed(raw[at : at + chunk])
    return form, cuts.offsets(), cuts.encoding(raw)


@given(
    rows=st.lists(st.tuples(CELL, CELL), max_size=30),
    chunk=st.integers(1, 50),
    line_break=st.sampled_from(["\n", "\r\n"]),
)
def test_the_parts_hold_each_record_once_and_in_order(rows, chunk, line_break):
    text = io.StringIO()
    # The writer leaves a lone CR without quotes, where a reader takes it for the end of the record.
    alone = any("\r" in cell for row in rows for cell in row)
    quoting = csv.QUOTE_ALL if alone else csv.QUOTE_MINIMAL
    writer = csv.writer(text, lineterminator=line_break, quoting=quoting)
    writer.writerow(["email", "name"])
    writer.writerows(rows)
    raw = text.getvalue().encode()
    before, csv_file.PART_BYTES = csv_file.PART_BYTES, 37
    try:
        form, offsets, encoding = cut(raw, chunk)
        assert len(offsets) == csv_file.count_parts(len(raw)) + 1
    finally:
        csv_file.PART_BYTES = before
    assert offsets == sorted(offsets)
    found = [row for start, end in pairwise(offsets) for row in records(raw[start:end], encoding, form.delimiter)]
    assert found == [list(row) for row in rows if any(cell.strip() for cell in row)]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n\n",
        b"\x1f\x8b\x08rest",
        b"PK\x03\x04",
        "email\n".encode("utf-16"),
        b"email,\0\n",
        b",".join([b"c"] * 1_000_000)[: csv_file.HEAD_BYTES],
        b",".join(f"c{number}".encode() for number in range(301)) + b"\n",
        b'"email' * 50_000,
    ],
    ids=range(9),
)
def test_files_other_than_csv_with_a_header_are_refused(head):
    with pytest.raises(Invalid):
        format_of(head[: csv_file.HEAD_BYTES])


@pytest.mark.parametrize(
    ("head", "columns", "delimiter"),
    [
        (b"\xef\xbb\xbfEmail;Name\r\na@b.co;x", ("Email", "Name"), ";"),
        (b"email\tname\n", ("email", "name"), "\t"),
        (b'"email","full, name"\n', ("email", "full, name"), ","),
        (b"email\ra@b.co\r", ("email",), ","),
        (b"E-Mail,caf\xe9\n", ("E-Mail", "café"), ","),
        (b"email", ("email",), ","),
    ],
)
def test_the_form_is_read_from_the_beginning(head, columns, delimiter):
    form = format_of(head)
    assert (form.columns, form.delimiter) == (columns, delimiter)
    assert email_column(columns) == 0


def test_a_quote_that_is_never_closed_is_found_with_bounded_memory():
    form = format_of(b"email\n")
    cuts = FileCutter(form, 10 * 1024**3)

    def feed() -> None:
        cuts.feed(b'a@example.com,"')
        for _ in range(40):
            cuts.feed(b"x" * 100_001)

    with pytest.raises(Invalid, match="is never closed"):
        feed()


@pytest.mark.parametrize("line", [b"x" * 100_001, b'"closed",' * 11_112], ids=["plain", "quoted"])
def test_a_line_that_never_ends_is_called_so(line):
    cuts = FileCutter(format_of(b"email\n"), 20 * 1024**2)

    def feed() -> None:
        for _ in range(200):
            cuts.feed(line)

    with pytest.raises(Invalid, match="has no line break within 1048576 bytes"):
        feed()


def test_bytes_that_are_not_utf_8_are_read_as_windows():
    raw = b"email,name\n" + "a@example.com,Zoë €\n".encode("cp1252")
    form, offsets, encoding = cut(raw, 7)
    assert encoding == "cp1252"
    assert list(records(raw[offsets[0] : offsets[1]], encoding, form.delimiter)) == [["a@example.com", "Zoë €"]]


def test_cutting_is_fast():
    """Linear, and far from the speed of a loop over bytes: 32 MB, adversarial, within a second."""
    raw = (b'"' * 1022 + b"\n,") * 1024
    cuts = FileCutter(format_of(b"email\n"), len(raw) * 32)
    began = time.process_time()
    for _ in range(32):
        cuts.feed(raw)
    assert time.process_time() - began < 1

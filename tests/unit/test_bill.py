"""The bill: computed from measured counts and listed prices, and quoted by the README."""

import pytest

from infra import bill
from infra.bench.comparison import comparison


def test_the_readme_quotes_the_bill():
    """`python -m infra.bill` renews it."""
    _, _, rest = bill.README.read_text().partition(bill.BEGIN)
    assert rest.partition(bill.END)[0] == bill.markdown()


def test_the_benchmarks_compare_todays_figures_with_the_first_ones():
    """`make bench` renews the table."""
    assert comparison().markdown() in bill.BENCHMARKS.read_text()


def test_the_bill_follows_from_the_measured_counts(tmp_path, monkeypatch):
    before = bill.rows_cost()
    _, writes, _ = bill.measured("Campaigns, per 1,000 recipients", "10,000", "**all**")
    document = tmp_path / "benchmarks.md"
    document.write_text(bill.BENCHMARKS.read_text().replace(f"| {writes:,.0f} |", f"| {writes + 1000:,.0f} |"))
    monkeypatch.setattr(bill, "BENCHMARKS", document)
    assert bill.rows_cost() - before == pytest.approx(1000 * 1000 * bill.WRITE_UNIT)


def test_a_count_that_was_not_measured_is_told():
    with pytest.raises(LookupError, match="make bench PARTS=counts"):
        bill.measured("Campaigns, per 1,000 recipients", "7", "**all**")


def test_waiting_senders_are_in_the_bill():
    """A slow rate costs more: the functions wait between two mails."""
    costs = [bill.senders_cost(rate) for rate in bill.RATES]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 1

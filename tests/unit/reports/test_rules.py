"""Reports from counters, in the metric names of the main API."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.http.main.reports import campaign_metrics, list_metrics
from postrider.reports.rules import SentCounts, list_report, mail_report, rate

COUNTS = st.dictionaries(
    st.sampled_from(
        ["opens", "unique_opens", "implied_opens", "clicks", "unique_clicks", "complained", "bounced_hard"]
    ),
    st.integers(0, 10**6),
)


@given(st.integers(0, 10**6), st.integers(0, 10**6), COUNTS)
def test_rates_lie_between_0_and_1(planned, sent, counts):
    metrics = campaign_metrics(mail_report(SentCounts(planned=planned, sent=sent), counts))
    assert all(0 <= value <= 1 for name, value in metrics.items() if name.endswith("_rate"))
    assert all(value >= 0 for value in metrics.values())


def test_a_rate_of_nothing_is_0():
    assert rate(5, 0) == 0.0
    assert set(campaign_metrics(mail_report(SentCounts(), {})).values()) == {0}
    assert set(list_metrics(list_report({}, 0, {})).values()) == {0}


def test_an_open_is_shown_or_implied():
    counts = {"unique_opens": 20, "implied_opens": 5, "unique_clicks": 10, "opens": 33}
    metrics = campaign_metrics(mail_report(SentCounts(planned=100, sent=100), counts))
    assert metrics["open_rate"] == 0.25
    assert metrics["unopens"] == 75
    assert metrics["click_rate"] == 0.1
    assert metrics["clickthru_rate"] == pytest.approx(0.4)


def test_an_auto_reply_is_no_bounce():
    assert mail_report(SentCounts(sent=10), {"bounced_auto_reply": 3}).bounced == 0

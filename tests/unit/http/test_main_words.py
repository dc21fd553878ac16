"""The words of the main API for events and tasks: one table each, used both ways, and known nowhere else."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import postrider
from functions.api.insights.schemas_reports import CampaignStatResponse, ListStatResponse
from postrider.http.main.events import (
    LOG_TYPES,
    SUBSCRIPTION_TYPES,
    additional_info_of,
    event_types_of,
    log_query_of,
    log_type_of,
    subscription_type_of,
)
from postrider.http.main.reports import BOUNCE_METRICS, campaign_metrics, list_metrics
from postrider.http.main.tasks import TASK_TYPES, task_word_of
from postrider.kit.errors import Invalid
from postrider.mail_events.model import BOUNCES, EventType, LogRow, SubscribedBy
from postrider.reports.periods import Breakdown
from postrider.reports.rules import COUNTED_BOUNCES, SentCounts, list_report, mail_report
from postrider.webhooks.formats.main import LOG_WORDS

TIMES = {"start_time": None, "end_time": None}

_EVERYDAY = """
open opens clicks bounce bounces forward forwards skipped spam subscribe resubscribe unsubscribe unsubscribes view share
received sent schedule update other unique_clicks unique_opens implied_opens open_rate click_rate bounce_rate
generating unsubscribe_rate sent_rate pending_contacts active_contacts deleted_contacts global_unsubscribe
"""
EVERYDAY = frozenset(_EVERYDAY.split())
"""Words that other parts use as plain English, as names of metrics of their own, or for sources of suppressions."""


@given(st.sampled_from(sorted(LOG_TYPES)))
def test_each_type_of_row_stands_for_events_that_are_rows_of_this_type(word):
    assert {log_type_of(event) for event in LOG_TYPES[word]} == {word}
    asked = event_types_of(word)
    assert asked == (BOUNCES if word == "bounce" else frozenset(LOG_TYPES[word]))
    assert log_query_of({"type": [word.upper()]}, **TIMES).types == asked


@given(st.sampled_from(EventType))
def test_each_type_of_event_maps_to_one_type_of_row(event):
    assert [word for word, events in LOG_TYPES.items() if event in events] == [log_type_of(event)]
    assert event in event_types_of(log_type_of(event))


@given(st.text(max_size=20).filter(lambda text: text.lower() not in LOG_TYPES))
def test_another_type_is_refused(text):
    with pytest.raises(Invalid):
        log_query_of({"type": [text]}, **TIMES)


def test_the_type_bounce_means_any_bounce():
    query = log_query_of({"type": ["bounce"]}, **TIMES)
    assert query.types == BOUNCES
    assert len(query.types) == 10


@pytest.mark.parametrize("value", ["", "-1", "1.0", "٣", "1e3", "9" * 30, "1 or 1=1"])
def test_a_number_is_digits(value):
    with pytest.raises(Invalid):
        log_query_of({"contact_id": [value]}, **TIMES)


def row(event_type, detail):
    return LogRow(
        id=1, mark="m", type=event_type, contact_id=1, list_id=1, at=datetime(2026, 3, 2, tzinfo=UTC), detail=detail
    )


@pytest.mark.parametrize("how", [*SubscribedBy, None])
def test_a_way_of_subscribing_maps_to_one_word_or_none(how):
    subscribed = row(EventType.SUBSCRIBED, how)
    word = {SubscribedBy.RESUBSCRIBED: "resubscribe", SubscribedBy.CONFIRMED: "subscription_confirmation"}.get(how)
    assert subscription_type_of(subscribed) == additional_info_of(subscribed) == word
    if word is not None:
        assert log_query_of({"additional_info": [word]}, **TIMES).details == {SUBSCRIPTION_TYPES[word]}


def test_the_detail_of_another_event_is_no_way_to_be_subscribed():
    bounced = row(EventType.BOUNCED_HARD, "resubscribed")
    assert (subscription_type_of(bounced), additional_info_of(bounced)) == (None, "resubscribed")


def test_types_of_tasks_are_translated_both_ways():
    assert {word: task_word_of(task_type) for word, task_type in TASK_TYPES.items()} == {
        word: word for word in TASK_TYPES
    }


def test_each_bounce_that_counts_has_a_metric_and_reports_have_all_metrics_of_the_contract():
    assert BOUNCE_METRICS.keys() == COUNTED_BOUNCES
    assert campaign_metrics(mail_report(SentCounts(), {})).keys() == CampaignStatResponse.model_fields.keys()
    assert list_metrics(list_report({}, 0, {})).keys() == ListStatResponse.model_fields.keys()


ROOT = Path(postrider.__file__).parent


SPEAKS_IT_TOO = Path("webhooks", "formats", "main.py")
"""The format of webhooks of the main API, which workers send without the code of calls."""


def test_no_other_module_knows_the_words_of_the_main_api():
    metrics = CampaignStatResponse.model_fields.keys() | ListStatResponse.model_fields.keys()
    words = (LOG_TYPES.keys() | TASK_TYPES.keys() | SUBSCRIPTION_TYPES.keys() | metrics) - EVERYDAY
    assert {"clickthru", "in_queue", "contactsexport", "clickthru_rate", "spams"} <= words
    pattern = re.compile(rf"\b({'|'.join(sorted(words))})\b")
    knowing = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).parts[:2] != ("http", "main")
        and path.relative_to(ROOT) != SPEAKS_IT_TOO
        and (match := pattern.search(path.read_text()))
    }
    assert knowing == set()


@pytest.mark.parametrize("event", LOG_WORDS)
def test_webhooks_and_logs_use_the_same_words(event):
    assert LOG_WORDS[event] == log_type_of(EventType(event))


@pytest.mark.parametrize("folder", ["mail_events", "reports", "tasks", "exports"])
def test_stored_events_use_none_of_the_types_of_rows(folder):
    words = LOG_TYPES.keys() - set(EventType) - set(Breakdown)
    assert {"open", "spam", "view", "subscribe"} <= words
    texts = {
        node.value
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert texts
    assert texts & words == set()

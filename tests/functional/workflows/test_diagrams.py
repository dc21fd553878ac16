"""Diagrams over HTTP: the form that the caller wants, and the counts of mails."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.workflows import make_action, make_workflow

MERMAID, SVG = "text/vnd.mermaid; charset=utf-8", "image/svg+xml; charset=utf-8"


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.mark.parametrize(
    ("accept", "query", "kind"),
    [
        (None, {}, MERMAID),
        ("*/*", {}, MERMAID),
        ("image/svg+xml", {}, SVG),
        ("text/html, image/svg+xml;q=0.9", {}, SVG),
        ("image/svg+xml", {"format": "mermaid"}, MERMAID),
        (None, {"format": "svg"}, SVG),
    ],
)
def test_a_workflow_is_drawn_in_the_form_that_is_wanted(owner, accept, query, kind):
    workflow_id = make_workflow(owner, name="<Greeting>")
    make_action(
        owner, workflow_id, parent_id=make_action(owner, workflow_id, name="<b>"), condition="clicked", delay=60
    )
    headers = {} if accept is None else {"Accept": accept}
    answer = owner.api.get(f"/workflows/{workflow_id}/diagram", query=query, headers=headers)
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert "if clicked, after 1 minute" in answer.text
    assert "<b>" not in answer.text


def test_an_empty_workflow_is_drawn_too(owner):
    path = f"/workflows/{make_workflow(owner)}/diagram"
    assert owner.api.get(path).text == 'flowchart TD\n    start(["A contact subscribes"])\n'
    assert "A contact subscribes" in owner.api.get(path, query={"format": "svg"}).text
    assert owner.api.get(path, query={"format": "png"}).status == 422


def test_outcomes_of_the_mails_are_counted(owner, platform):
    """Reports of an action add up all its runs; machines do not count."""
    from postrider import bootstrap
    from postrider.mail_events.counters import counters_key, increment_of, totals_key
    from postrider.mail_events.source import MailSource
    from postrider.storage.dynamo import client

    workflow_id = make_workflow(owner)
    action_id = int(make_action(owner, workflow_id))
    list_id = owner.api.get(f"/workflows/{workflow_id}").json["data"]["audience"]["list_id"]
    hour = int(platform.clock().timestamp()) // 3600
    for entry, sent in ((1, 7), (2, 5)):
        source = MailSource.action(action_id, entry)
        bootstrap.events().set_sent_count(owner.account_id, list_id, source, f"run-{entry}", {hour: sent})
    key = counters_key(owner.account_id, MailSource.action(action_id))
    counts = {"unique_opens": 3, "implied_opens": 1, "bot_opens": 9, "opens": 20, "unique_clicks": 2, "clicks": 4}
    client().transact_write_items(TransactItems=[increment_of(key, totals_key(1, 1), counts)])
    assert "12 sent, 4 opened, 2 clicked" in owner.api.get(f"/workflows/{workflow_id}/diagram").text

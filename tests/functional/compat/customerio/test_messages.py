"""Messages over Customer.io's App API."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from functions.compat.customerio.time_windows import Window, listed_window, parent_window
from postrider import bootstrap
from postrider.mail_events.model import EventType
from tests.testing.customerio import TRACK, make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import SENT_MS, make_sent_campaign

pytestmark = pytest.mark.usefixtures("platform")
BEFORE, AFTER = SENT_MS // 1000 - 60, SENT_MS // 1000 + 60


@pytest.fixture(scope="module")
def campaign(platform):
    campaign = make_sent_campaign(make_owner(), contacts=3)
    campaign.did(EventType.OPENED, 0)
    campaign.did(EventType.COMPLAINED, 0)
    return campaign


@pytest.fixture(scope="module")
def app(campaign):
    return make_client(campaign.owner)


def listed(app, path="/v1/messages", **query):
    return app.get(path, start_ts=BEFORE, end_ts=AFTER, **query).json


def test_a_message_has_its_parents_its_person_and_the_metrics_that_it_reached(app, campaign):
    first = min(listed(app)["messages"], key=lambda message: message["customer_identifiers"]["cio_id"])
    shown = app.get(f"/v1/messages/{first['id']}").json["message"]
    assert shown == first
    contact = bootstrap.contacts().get(campaign.owner.account_id, campaign.list_id, campaign.contact_ids[0])
    assert shown["customer_identifiers"] == {"id": None, "email": contact.email, "cio_id": f"cio_{contact.id:x}"}
    assert (shown["newsletter_id"], shown["campaign_id"], shown["action_id"]) == (campaign.id, None, None)
    assert set(shown["metrics"]) == {"created", "attempted", "sent", "delivered", "opened", "spammed"}
    assert (shown["created"], shown["type"], shown["forgotten"]) == (SENT_MS // 1000, "email", False)


def test_a_sent_mail_is_delivered_unless_it_bounces_everywhere_alike(platform):
    campaign = make_sent_campaign(make_owner(), contacts=3)
    app, track = make_client(campaign.owner), make_client(campaign.owner, TRACK)
    path, sent = f"/v1/newsletters/{campaign.id}", SENT_MS // 1000
    first, second, third = listed(app, f"{path}/messages")["messages"]
    for message, metric, at in ((first, "delivered", sent + 7), (second, "delivered", sent), (second, "bounced", sent)):
        body = {"delivery_id": message["id"], "metric": metric, "timestamp": at}
        assert track.post("/api/v1/metrics", body).status == 200
    delivered = listed(app, f"{path}/messages", metric="delivered")["messages"]
    moments = {message["id"]: message["metrics"]["delivered"] for message in delivered}
    assert moments == {first["id"]: sent + 7, third["id"]: sent}
    shown = [app.get(f"/v1/messages/{message['id']}").json["message"]["metrics"] for message in (second, third)]
    assert ["delivered" in metrics for metrics in shown] == [False, True]
    order = {"newsletter_id": campaign.id, "metric": "delivered", "start": sent, "end": sent}
    export = app.post("/v1/exports/deliveries", order).json["export"]
    platform.drain("run-tasks")
    assert app.get(f"/v1/exports/{export['id']}").json["export"]["total"] == 2


@pytest.mark.parametrize("read_together", [2, 100])
def test_pages_have_every_message_once_and_end_with_a_blank_next(app, monkeypatch, read_together):
    monkeypatch.setattr("postrider.messages.service.CHUNK", read_together)
    ids, start = [], None
    while start != "":
        page = listed(app, limit=2, **({"start": start} if start else {}))
        ids += [message["id"] for message in page["messages"]]
        start = page["next"]
    assert len(ids) == len(set(ids)) == 3
    assert app.get("/v1/messages", start="x").status == 400


def test_filters(app, campaign):
    assert len(listed(app, metric="spammed")["messages"]) == 1
    assert len(listed(app, newsletter_id=campaign.id, type="email")["messages"]) == 3
    for query in (
        {"type": "push"},
        {"metric": "bounced"},
        {"drafts": "true"},
        {"newsletter_id": 10**9},
        {"campaign_id": 5},
        {"action_id": 5, "newsletter_id": campaign.id},
    ):
        assert listed(app, **query) == {"messages": [], "next": ""}, query
    for query in ({"type": "fax"}, {"metric": "deferred"}, {"start_ts": -1}, {"end_ts": 10**18}):
        assert app.get("/v1/messages", **query).status == 400, query


def test_the_messages_of_a_newsletter_are_those_of_a_window(app, campaign):
    path = f"/v1/newsletters/{campaign.id}/messages"
    assert len(listed(app, path)["messages"]) == 3
    assert len(listed(app, path, metric="opened")["messages"]) == 1
    assert app.get(path, start_ts=AFTER).json["messages"] == []
    assert app.get("/v1/newsletters/999999/messages").status == 404


def test_an_unknown_message_is_404(app):
    foreign = make_client(make_owner())
    message_id = listed(app)["messages"][0]["id"]
    for client, unknown in ((foreign, message_id), (app, message_id[::-1]), (app, uuid.uuid4().hex)):
        for path in (f"/v1/messages/{unknown}", f"/v1/messages/{unknown}/archived_message"):
            assert client.get(path).status == 404


def test_the_archived_message_has_the_content(app):
    message = listed(app, limit=1)["messages"][0]
    archived = app.get(f"/v1/messages/{message['id']}/archived_message").json["archived_message"]
    assert (archived["id"], archived["recipient"]) == (message["id"], message["recipient"])
    assert (archived["subject"], archived["forgotten"]) == (f"News for {message['recipient']}", False)
    assert "Hello friend" in archived["body"]
    assert "@" in archived["from"]


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = moment("2026-08-31T12:00:00")
HALF_A_YEAR_BEFORE = moment("2026-02-28T12:00:00")


@pytest.mark.parametrize(
    ("start", "end", "window"),
    [
        (None, None, Window(HALF_A_YEAR_BEFORE, NOW)),
        (None, moment("2026-07-01"), Window(moment("2026-01-01"), moment("2026-07-01"))),
        (moment("2026-08-01"), None, Window(moment("2026-08-01"), NOW)),
        (moment("2020-01-01"), None, Window(HALF_A_YEAR_BEFORE, NOW)),
        (moment("2020-01-01"), moment("2026-07-01"), Window(moment("2026-01-01"), moment("2026-07-01"))),
    ],
)
def test_a_listing_covers_six_calendar_months(start, end, window):
    assert listed_window(start, end, NOW) == window


def test_the_window_of_a_source_begins_with_it_and_has_twelve_months():
    began_at = moment("2025-01-31")
    assert parent_window(None, None, NOW, began_at=began_at) == Window(began_at, moment("2025-07-31"))
    assert parent_window(None, None, NOW, began_at=None) == Window(HALF_A_YEAR_BEFORE, NOW)
    assert parent_window(moment("2020-01-01"), None, NOW, began_at=began_at) == Window(moment("2025-08-31T12:00"), NOW)
    assert NOW - timedelta(days=184) == HALF_A_YEAR_BEFORE

"""Exports of messages over the App API."""

import csv
import io

import httpx
import pytest

from postrider.mail_events.model import EventType
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import SENT_MS, make_sent_campaign

PATH = "/v1/exports/deliveries"
SENT = SENT_MS // 1000


@pytest.fixture(scope="module")
def campaign(platform):
    campaign = make_sent_campaign(make_owner(), contacts=2)
    campaign.did(EventType.OPENED, 0)
    return campaign


@pytest.fixture(scope="module")
def app(campaign):
    return make_client(campaign.owner)


def rows(app, platform, **body):
    made = app.post(PATH, {"start": SENT, "end": SENT, **body})
    assert (made.status, made.json["export"]["type"]) == (200, "deliveries"), made.text
    platform.drain("run-tasks")
    url = app.get(f"/v1/exports/{made.json['export']['id']}/download").json["url"]
    return list(csv.DictReader(io.StringIO(httpx.get(url).text)))


def test_the_file_has_the_messages_of_a_newsletter(app, campaign, platform):
    exported = rows(app, platform, newsletter_id=campaign.id)
    listed = app.get("/v1/messages", start_ts=SENT, end_ts=SENT).json["messages"]
    assert {row["delivery_id"] for row in exported} == {message["id"] for message in listed}
    assert {row["deduplicate_id"] for row in exported} == {message["deduplicate_id"] for message in listed}
    assert len(rows(app, platform, newsletter_id=campaign.id, metric="opened")) == 1
    assert rows(app, platform, newsletter_id=campaign.id, template_id=10**9) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"newsletter_id": 1, "campaign_id": 1}, 400),
        ({"newsletter_id": 1, "metric": "deferred"}, 400),
        ({"newsletter_id": 1, "start": -1}, 400),
        ({"newsletter_id": 10**9}, 400),
        ({"campaign_id": 10**9}, 400),
        ({"action_id": 10**9}, 400),
        ({"transactional_message_id": 10**9}, 400),
    ],
)
def test_an_order_names_one_known_source(app, body, status):
    assert app.post(PATH, body).status == status


@pytest.mark.parametrize("body", [{}, {"newsletter_id": 1, "action_id": 1}])
def test_the_error_of_an_order_names_all_sources(app, body):
    sources = "newsletter_id, campaign_id, transactional_message_id and action_id"
    assert app.post(PATH, body).json["meta"]["error"] == f"Invalid request: body: Send exactly one of {sources}."

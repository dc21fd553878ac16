"""Exports of campaign logs."""

import csv
import io
import urllib.request
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.mail_events.model import EventType
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign


@pytest.fixture
def sent(platform):
    campaign = make_sent_campaign(make_owner())
    campaign.did(EventType.OPENED, 0, ip="198.51.100.7", user_agent="=cmd()")
    campaign.did(EventType.BOUNCED_HARD, 1, detail="5.1.1 user unknown")
    return campaign


def path(campaign):
    return f"/logs/campaigns/{campaign.id}/exports"


def download(campaign, export_id):
    answer = campaign.owner.api.get(f"{path(campaign)}/{export_id}/download")
    assert answer.status == 200, answer.text
    with urllib.request.urlopen(answer.json["data"]["url"]) as file:
        return list(csv.DictReader(io.StringIO(file.read().decode())))


def test_an_export_is_a_file_with_every_row(platform, sent):
    answer = sent.owner.api.post(path(sent), query={"description": "spring"})
    assert answer.status == 201, answer.text
    export_id = answer.json["id"]
    assert (answer.json["data"]["status"], answer.json["data"]["campaign_id"]) == ("pending", sent.id)
    assert sent.owner.api.get(f"{path(sent)}/{export_id}/download").status == 400
    platform.drain("run-tasks")
    rows = download(sent, export_id)
    contact = bootstrap.contacts().get(sent.owner.account_id, sent.list_id, sent.contact_ids[1])
    assert sorted(row["type"] for row in rows) == ["bounce_hb", "open", "sent", "sent", "sent"]
    (bounce,) = [row for row in rows if row["type"] == "bounce_hb"]
    assert (bounce["email"], bounce["detail"]) == (contact.email, "5.1.1 user unknown")
    (opened,) = [row for row in rows if row["type"] == "open"]
    assert opened["user_agent"] == "'=cmd()", "a spreadsheet must not calculate it"


def test_exports_are_listed_with_their_state(platform, sent):
    ids = []
    for _ in range(2):
        ids.append(sent.owner.api.post(path(sent)).json["id"])
        platform.clock.move(timedelta(seconds=1))
    platform.drain("run-tasks")
    found = sent.owner.api.get(path(sent), query={"with_count": "1"}).json
    assert [(export["id"], export["status"], export["progress"]) for export in found["data"]] == [
        (export_id, "ready", 100) for export_id in ids
    ]
    assert found["pagination"]["count"] == 2
    assert sent.owner.api.get(path(sent), query={"page": 2, "per_page": 1}).json["data"][0]["id"] == ids[1]
    tasks = sent.owner.api.get("/tasks", query={"filter": "type==campaignlogexport"}).json["data"]
    assert {task["id"] for task in tasks} == set(ids)


def test_an_expired_or_deleted_export_has_no_file(platform, sent):
    first, second = (sent.owner.api.post(path(sent)).json["id"] for _ in range(2))
    platform.drain("run-tasks")
    assert sent.owner.api.delete(f"/tasks/{first}").status == 200
    assert sent.owner.api.get(f"{path(sent)}/{first}/download").status == 400
    platform.clock.move(timedelta(days=5))
    assert sent.owner.api.get(f"{path(sent)}/{second}/download").status in (400, 401)


def test_erasing_a_person_deletes_the_exports_that_may_contain_the_person(platform, sent):
    export_id = sent.owner.api.post(path(sent)).json["id"]
    platform.drain("run-tasks")
    contact = bootstrap.contacts().get(sent.owner.account_id, sent.list_id, sent.contact_ids[0])
    assert bootstrap.privacy().erase(sent.owner.account_id, contact.email).exports == 1
    assert sent.owner.api.get(f"{path(sent)}/{export_id}/download").status == 400
    assert sent.owner.api.get(path(sent)).json["data"][0]["status"] == "deleted"


def test_another_account_sees_nothing(platform, sent):
    export_id = sent.owner.api.post(path(sent)).json["id"]
    platform.drain("run-tasks")
    stranger = make_owner()
    assert stranger.api.get(path(sent)).status == 400
    assert stranger.api.post(path(sent)).status == 400
    assert stranger.api.get(f"{path(sent)}/{export_id}/download").status == 400
    other = make_sent_campaign(sent.owner)
    assert sent.owner.api.get(f"{path(other)}/{export_id}/download").status == 400
    assert sent.owner.api.get(f"{path(sent)}/nonsense/download").status == 400

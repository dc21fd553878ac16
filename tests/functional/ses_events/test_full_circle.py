"""A campaign is sent through the local SES, whose events come back through SNS and SQS."""

import quopri
import re
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.contacts.model import Status
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"


@pytest.fixture
def delivered(platform):
    owner = make_owner()
    list_id = make_list(owner)
    boxes = ("success", "bounce", "complaint", "softbounce")
    contacts = [
        bootstrap.contacts().upserts.create(owner.account_id, list_id, email=f"{box}+{list_id}@simulator.amazonses.com")
        for box in boxes
    ]
    content = {"subject": "News", "html": '<p>Hi <a href="https://example.com/offer">offer</a></p>'}
    campaign_id = make_campaign(owner, list_id=list_id, content=content)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.clock.move(timedelta(seconds=1))
    platform.drain()
    return owner, campaign_id, dict(zip(boxes, contacts, strict=True))


def report(owner, campaign_id):
    return owner.api.get(f"/reports/campaigns/{campaign_id}").json["data"]


def test_events_of_sent_mail_find_their_recipients(platform, delivered):
    owner, campaign_id, contacts = delivered
    numbers = report(owner, campaign_id)
    assert (numbers["sent_emails"], numbers["bounces_hard"], numbers["bounces_full_mailbox"]) == (4, 1, 1)
    assert (numbers["spams"], numbers["active_emails"]) == (1, 4)
    statuses = {
        box: bootstrap.contacts().get(owner.account_id, one.list_id, one.id).status for box, one in contacts.items()
    }
    assert statuses == {
        "success": Status.ACTIVE,
        "bounce": Status.INVALID,
        "complaint": Status.FLAGGED,
        "softbounce": Status.ACTIVE,
    }
    log = owner.api.get(f"/logs/campaigns/{campaign_id}").json["data"]
    assert sorted(row["type"] for row in log) == ["bounce_fm", "bounce_hb", "sent", "sent", "sent", "sent", "spam"]


def test_clicks_on_links_of_the_mail_are_counted(platform, delivered):
    owner, campaign_id, contacts = delivered
    (mail,) = platform.aws.ses.mailbox.latest(to=contacts["success"].email)
    text = quopri.decodestring(platform.aws.ses.mailbox.raw(mail["id"])).decode()
    platform.clock.move(timedelta(minutes=10))
    for path in (r"/o/[\w-]+", r"/c/[\w-]+"):
        answer = Api().get(re.findall(path, text)[0], headers={"User-Agent": FIREFOX})
        assert answer.status in (200, 302)
    assert answer.headers["location"] == "https://example.com/offer"
    platform.drain("record-engagement")
    numbers = report(owner, campaign_id)
    assert (numbers["opens"], numbers["unique_opens"], numbers["unique_clicks"], numbers["implied_opens"]) == (
        1,
        1,
        1,
        0,
    )
    (link,) = owner.api.get(f"/reports/campaigns/{campaign_id}/links").json["data"]
    assert (link["link"], link["unique"]) == ("https://example.com/offer", 1)
    left = Api().post(re.findall(r"/u/[\w-]+", text)[0], form={"List-Unsubscribe": "One-Click"})
    assert left.status == 200
    platform.drain("record-engagement")
    assert report(owner, campaign_id)["unsubscribes"] == 1

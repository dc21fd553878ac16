"""The life of a campaign: every act in every state, and the mails that come of it."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.attributes.table import AttributeItem
from postrider.campaigns.repository import CampaignRepository
from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery.dispatch import chunk_message
from postrider.delivery.model import RunKey
from postrider.delivery.queue_messages import StartRun
from postrider.delivery.rules import SILENT, STATE_CACHED_FOR
from postrider.delivery.service import DeliveryService
from postrider.mail_events.source import MailSource
from postrider.storage.accounts_table import account_key, padded
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.workflows import make_action, make_workflow
from tests.testing.grants import acting_as
from tests.testing.overrides import overridden

CAMPAIGN = ["path", "campaign_id"]
"""Prefix of the place of an invalid setting of the stored campaign."""

ACTS = (
    "schedule",
    "reschedule",
    "unschedule",
    "suspend",
    "resume",
    "cancel",
    "archive",
    "unarchive",
    "delete",
    "patch",
)
ALLOWED = {
    "incomplete": {"schedule", "archive", "delete", "patch"},
    "scheduled": {"reschedule", "unschedule", "suspend", "cancel"},
    "suspended": {"reschedule", "unschedule", "resume", "cancel"},
    "delivering": {"suspend", "cancel"},
    "delivering suspended": {"resume", "cancel"},
    "delivered": {"archive"},
    "archived": {"unarchive"},
}
"""main-api.md, section 9."""


@pytest.fixture
def owner(platform):
    return make_owner()


def tomorrow(platform):
    return int((platform.clock() + timedelta(days=1)).timestamp())


def campaign_in(state, owner, platform):
    list_id = make_list(owner)
    add_contacts(owner, list_id, f"reader.{owner.account_id}@example.com")
    campaign_id = make_campaign(owner, list_id=list_id)
    if state == "archived":
        owner.api.post(f"/campaigns/{campaign_id}/archive")
    elif state.startswith("deliver"):
        owner.api.post(f"/campaigns/{campaign_id}/schedule")
        platform.drain(*(() if state == "delivered" else ("plan-runs",)))
        if state == "delivering suspended":
            owner.api.post(f"/campaigns/{campaign_id}/suspend")
    elif state != "incomplete":
        owner.api.post(f"/campaigns/{campaign_id}/schedule", json={"date": tomorrow(platform)})
        if state == "suspended":
            owner.api.post(f"/campaigns/{campaign_id}/suspend")
    return campaign_id


def do(act, owner, platform, campaign_id):
    path = f"/campaigns/{campaign_id}"
    if act == "delete":
        return owner.api.delete(path)
    if act == "patch":
        return owner.api.patch(path, json={"name": "Other"})
    body = {"date": tomorrow(platform) + 3600} if act in ("schedule", "reschedule") else None
    return owner.api.post(f"{path}/{act}", json=body)


@pytest.mark.parametrize(("state", "act"), [(state, act) for state, acts in ALLOWED.items() for act in sorted(acts)])
def test_an_act_is_allowed_in_its_states(owner, platform, state, act):
    campaign_id = campaign_in(state, owner, platform)
    answer = do(act, owner, platform, campaign_id)
    assert answer.status == 200, answer.text


@pytest.mark.parametrize("state", ALLOWED)
def test_any_other_act_is_a_400_and_changes_nothing(owner, platform, subtests, state):
    campaign_id = campaign_in(state, owner, platform)
    before = owner.api.get(f"/campaigns/{campaign_id}").json["data"]
    for act in ACTS:
        if act not in ALLOWED[state]:
            with subtests.test(act):
                answer = do(act, owner, platform, campaign_id)
                assert answer.status == 400, answer.text
                assert owner.api.get(f"/campaigns/{campaign_id}").json["data"] == before


@pytest.mark.parametrize("state", ALLOWED)
def test_a_campaign_is_shown_rendered_and_tested_in_every_state(owner, platform, state):
    campaign_id = campaign_in(state, owner, platform)
    for path in ("", "/render", "/revisions"):
        assert owner.api.get(f"/campaigns/{campaign_id}{path}").status == 200, path
    for path in (f"/logs/campaigns/{campaign_id}", f"/reports/campaigns/{campaign_id}"):
        assert owner.api.get(path).status == 200, path
    test = {"email": owner.email, "type": "merged"}
    assert owner.api.post(f"/campaigns/{campaign_id}/send-test", json=test).status == 200


@pytest.mark.parametrize("state", ["delivering", "delivering suspended"])
def test_a_campaign_cancelled_before_its_first_mail_is_a_draft_and_mails_nobody(owner, platform, state):
    campaign_id = campaign_in(state, owner, platform)
    assert owner.api.post(f"/campaigns/{campaign_id}/cancel").status == 200
    platform.clock.move(STATE_CACHED_FOR + timedelta(seconds=1))
    platform.drain()
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "incomplete"
    assert platform.aws.ses.mailbox.latest(to=f"reader.{owner.account_id}@example.com") == []


def test_a_sender_that_works_during_a_cancellation_sends_no_mail_of_the_later_draft(owner, platform, monkeypatch):
    campaign_id = campaign_in("delivering", owner, platform)
    campaign = bootstrap.campaigns().get(owner.account_id, campaign_id)
    (contact,) = owner.api.get(f"/lists/{campaign.list_id}/contacts").json["data"]
    key = RunKey(owner.account_id, campaign.source, campaign.run_id)
    chunk = chunk_message(key, int(contact["id"]) // BLOCK_SIZE, 0, [int(contact["id"])], again=False)
    may_have_sent = DeliveryService.may_have_sent

    def check_and_send(service, state):
        answer = may_have_sent(service, state)
        with acting_as("functions.workers.send_chunks.handler"):
            bootstrap.delivery().send([chunk])
        return answer

    monkeypatch.setattr(DeliveryService, "may_have_sent", check_and_send)
    assert owner.api.post(f"/campaigns/{campaign_id}/cancel").status == 200
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "incomplete"
    assert platform.aws.ses.mailbox.latest(to=f"reader.{owner.account_id}@example.com") == []


@pytest.mark.parametrize("act", ["cancel", "suspend", "unschedule"])
def test_an_act_concurrent_with_the_start_is_tried_again(owner, platform, monkeypatch, act):
    """The start changes the campaign between the act's look and its write."""
    campaign_id = campaign_in("scheduled", owner, platform)
    platform.clock.move(timedelta(days=1, seconds=5))
    write, met = CampaignRepository.act, []

    def act_late(repository, before, rule, after):
        if rule.name != "started" and not met:
            met.append(rule.name)
            with acting_as("functions.workers.plan_runs.handler"):
                source = MailSource.campaign(campaign_id)
                bootstrap.delivery().start(StartRun(account_id=owner.account_id, source=source))
        return write(repository, before, rule, after)

    monkeypatch.setattr(CampaignRepository, "act", act_late)
    answer = do(act, owner, platform, campaign_id)
    assert met, "they did meet"
    if act == "unschedule":  # which nobody can any more
        (problem,) = answer.json["detail"]
        assert (answer.status, problem["type"], problem["loc"]) == (400, "campaign_state", CAMPAIGN)
        return
    assert answer.status == 200
    platform.clock.move(STATE_CACHED_FOR + timedelta(seconds=1))
    platform.drain()
    assert platform.aws.ses.mailbox.latest(to=f"reader.{owner.account_id}@example.com") == []


def test_a_draft_that_changes_while_it_is_scheduled_is_checked_again(owner, platform, monkeypatch):
    """The change comes between the check of the content and the write."""
    campaign_id = make_campaign(owner)
    write = CampaignRepository.act

    def act_late(repository, before, rule, after):
        if rule.name == "scheduled":
            monkeypatch.setattr(CampaignRepository, "act", write)
            drafts = bootstrap.campaign_drafts()
            drafts.change(owner.account_id, campaign_id, settings={}, content={"subject": None})
        return write(repository, before, rule, after)

    monkeypatch.setattr(CampaignRepository, "act", act_late)
    answer = owner.api.post(f"/campaigns/{campaign_id}/schedule")
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "campaign_incomplete")
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "incomplete"


def segment_of(owner, list_id):
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "age", "type": "integer"})
    body = {"name": "Old", "query": "`age` > 60"}
    return owner.api.post(f"/lists/{list_id}/segments", json=body).json["id"]


def break_segment(owner, list_id, segment_id):
    """Delete an object without the check of its uses, which the API would refuse."""
    segments = bootstrap.segments()
    segments._segments.delete(segments.get(owner.account_id, list_id, segment_id))


def test_a_segment_that_cannot_be_used_is_refused_when_it_is_scheduled(owner, platform):
    list_id = make_list(owner)
    segment_id = segment_of(owner, list_id)
    campaign_id = make_campaign(owner, audience={"list_id": list_id, "segment_id": segment_id})
    break_segment(owner, list_id, segment_id)
    answer = owner.api.post(f"/campaigns/{campaign_id}/schedule")
    detail = answer.json["detail"][0]
    assert (answer.status, detail["type"], detail["loc"]) == (
        400,
        "segment_not_found",
        [*CAMPAIGN, "audience", "segment_id"],
    )


@pytest.mark.parametrize("when", ["before the start", "after the start"])
def test_a_segment_that_goes_later_holds_the_campaign_and_says_why(owner, platform, when):
    list_id = make_list(owner)
    add_contacts(owner, list_id, f"old.{owner.account_id}@example.com")
    segment_id = segment_of(owner, list_id)
    campaign_id = make_campaign(owner, audience={"list_id": list_id, "segment_id": segment_id})
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    if when == "after the start":
        platform.drain("plan-runs", rounds=1)
        AttributeItem(account_key(owner.account_id), f"attribute#{padded(list_id)}#age").delete()
    else:
        break_segment(owner, list_id, segment_id)
    assert platform.drain().failed == []
    campaign = bootstrap.campaigns().get(owner.account_id, campaign_id)
    assert (campaign.suspended, campaign.status) == (
        True,
        "delivering" if when == "after the start" else "scheduled",
    )
    assert campaign.pause_reason
    assert owner.api.post(f"/campaigns/{campaign_id}/cancel").status == 200


def test_a_list_that_is_archived_meanwhile_is_not_mailed(owner, platform):
    campaign_id = campaign_in("scheduled", owner, platform)
    list_id = bootstrap.campaigns().get(owner.account_id, campaign_id).list_id
    assert owner.api.post(f"/lists/{list_id}/archive").status == 200
    platform.clock.move(timedelta(days=1, seconds=5))
    platform.ring()
    platform.drain()
    assert platform.aws.ses.mailbox.latest(to=f"reader.{owner.account_id}@example.com") == []
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["suspended"] is True
    owner.api.post(f"/lists/{list_id}/unarchive")
    owner.api.post(f"/campaigns/{campaign_id}/resume")
    platform.drain()
    assert len(platform.aws.ses.mailbox.latest(to=f"reader.{owner.account_id}@example.com")) == 1


def test_readers_on_an_international_domain_get_their_mail(owner, platform):
    list_id = make_list(owner)
    add_contacts(owner, list_id, f"Ann.{owner.account_id}@b\u00fccher.example")
    owner.api.post(f"/campaigns/{make_campaign(owner, list_id=list_id)}/schedule")
    platform.drain()
    (mail,) = platform.aws.ses.mailbox.latest(to=f"Ann.{owner.account_id}@xn--bcher-kva.example")
    assert mail["headers"]["To"] == f"Ann.{owner.account_id}@xn--bcher-kva.example"


def test_html_of_white_space_is_none(owner):
    campaign_id = make_campaign(owner, content={"subject": "s", "html": " \n ", "text": "only text"})
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule", json={}).status == 400


def test_additional_params_can_be_taken_away(owner):
    campaign_id = make_campaign(owner, tracking={"additional_params": "utm=1"})
    owner.api.patch(f"/campaigns/{campaign_id}", json={"tracking": {"opens": False}})
    kept = owner.api.get(f"/campaigns/{campaign_id}").json["data"]["tracking"]
    assert (kept["additional_params"], kept["opens"]) == ("utm=1", False)
    owner.api.patch(f"/campaigns/{campaign_id}", json={"tracking": {"additional_params": None}})
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["tracking"]["additional_params"] is None


def test_one_that_is_suspended_and_resumed_goes_on(owner, platform):
    campaign_id = campaign_in("delivering suspended", owner, platform)
    platform.clock.move(STATE_CACHED_FOR + timedelta(seconds=1))
    platform.drain()
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "delivering"
    owner.api.post(f"/campaigns/{campaign_id}/resume")
    platform.drain()
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "delivered"
    assert len(platform.aws.ses.mailbox.latest(to=f"reader.{owner.account_id}@example.com")) == 1


def test_a_campaign_without_a_date_is_delivered_now_to_every_active_contact(owner, platform):
    list_id = make_list(owner)
    emails = [f"r{number}.{owner.account_id}@example.com" for number in range(3)]
    ids = add_contacts(owner, list_id, *emails)
    owner.api.post(f"/lists/{list_id}/contacts/{ids[2]}/unsubscribe")
    campaign_id = make_campaign(owner, list_id=list_id)
    answer = owner.api.post(f"/campaigns/{campaign_id}/schedule")
    body = answer.json
    assert {warning["type"] for warning in body.pop("warnings")} == {"no_postal_address", "unknown_attribute"}
    assert body == {"id": campaign_id, "object": "campaign", "scheduled": True}
    platform.drain()
    data = owner.api.get(f"/campaigns/{campaign_id}").json["data"]
    assert data["status"] == "delivered"
    assert data["delivery_finished_on"] is not None
    got = [len(platform.aws.ses.mailbox.latest(to=email)) for email in emails]
    assert got == [1, 1, 0]
    mail = platform.aws.ses.mailbox.latest(to=emails[0])[0]
    assert mail["subject"] == f"News for {emails[0]}"
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert emails[0] not in mail["headers"]["List-Unsubscribe"]


def test_a_campaign_is_sent_to_the_contacts_of_an_import_that_was_accepted_before(owner, platform):
    """Also if its start comes before the import was written, to a list that has no contacts yet."""
    list_id = make_list(owner)
    people = [{"email": f"imported{number}.{owner.account_id}@example.com"} for number in range(3)]
    assert owner.api.post(f"/lists/{list_id}/import-contacts", json={"contacts": people}).status == 201
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule", json={}).status == 200
    platform.drain("plan-runs", "send-chunks")
    assert owner.api.get(f"/campaigns/{campaign_id}/progress").json["data"]["sent"] == 3
    platform.drain()
    assert len(owner.api.get(f"/lists/{list_id}/contacts").json["data"]) == 3


def test_a_scheduled_campaign_is_sent_at_its_moment(owner, platform):
    list_id = make_list(owner)
    email = f"later.{owner.account_id}@example.com"
    add_contacts(owner, list_id, email)
    campaign_id = make_campaign(owner, list_id=list_id)
    moment = tomorrow(platform)
    owner.api.post(f"/campaigns/{campaign_id}/schedule", json={"date": moment})
    platform.drain()
    data = owner.api.get(f"/campaigns/{campaign_id}").json["data"]
    assert (data["status"], data["scheduled_for"]) == ("scheduled", moment)
    platform.clock.move(timedelta(days=1, seconds=5))
    platform.ring()
    platform.drain()
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "delivered"
    assert len(platform.aws.ses.mailbox.latest(to=email)) == 1


def test_the_sweeper_makes_up_for_a_start_whose_schedule_is_lost(owner, platform):
    campaign_id = campaign_in("scheduled", owner, platform)
    platform.scheduler.alarms.clear()
    platform.clock.move(timedelta(days=1, minutes=10))
    platform.sweep()
    platform.drain()
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "delivered"


def test_a_start_that_comes_far_too_late_waits_for_a_confirmation(owner, platform):
    campaign_id = campaign_in("scheduled", owner, platform)
    platform.clock.move(timedelta(days=1, hours=2))
    platform.ring()
    platform.drain()
    data = owner.api.get(f"/campaigns/{campaign_id}").json["data"]
    assert (data["status"], data["suspended"]) == ("scheduled", True)
    owner.api.post(f"/campaigns/{campaign_id}/resume")
    platform.drain()
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "delivered"


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"date": 1}, ["body", "date"]),
        ({}, [*CAMPAIGN, "audience", "list_id"]),
    ],
)
def test_scheduling_says_what_is_missing(owner, platform, change, loc):
    campaign_id = make_campaign(owner, list_id=make_list(owner, accept_policy=False))
    answer = owner.api.post(f"/campaigns/{campaign_id}/schedule", json=change)
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, loc)


def test_a_campaign_without_html_needs_html_empty(owner):
    campaign_id = make_campaign(owner, content={"subject": "s", "text": "only text"})
    refused = owner.api.post(f"/campaigns/{campaign_id}/schedule", json={})
    assert (refused.status, refused.json["detail"][0]["loc"]) == (400, [*CAMPAIGN, "content", "html"])
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule", json={"html_empty": True}).status == 200


def test_an_unconfirmed_sender_cannot_send(owner):
    created = owner.api.post("/brands/default/senders", json={"name": "N", "email": "n@example.com"}).json
    campaign_id = make_campaign(owner, sender={"id": created["id"]})
    answer = owner.api.post(f"/campaigns/{campaign_id}/schedule")
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "sender_not_confirmed")


def test_a_sender_of_a_scheduled_campaign_is_not_deleted(owner, platform):
    list_id = make_list(owner)
    platform.clock.move(timedelta(seconds=1))
    campaign_id = make_campaign(owner, list_id=list_id)
    owner.api.post(f"/campaigns/{campaign_id}/schedule", json={"date": tomorrow(platform)})
    owner.api.delete(f"/lists/{list_id}")
    answer = owner.api.delete(f"/brands/default/senders/{make_sender(owner)}")
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "sender_in_use")


def test_a_cancelled_draft_can_be_scheduled_again_and_a_cancelled_delivery_is_final(owner, platform):
    campaign_id = campaign_in("scheduled", owner, platform)
    assert owner.api.post(f"/campaigns/{campaign_id}/cancel").json["cancelled"] is True
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "incomplete"
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200


def test_without_production_access_only_verified_recipients_are_scheduled(owner, platform):
    """In the sandbox of SES: nobody is recorded as failed because the account is new."""
    list_id = make_list(owner)
    add_contacts(owner, list_id, "ann@example.com", "Bob@sub.example.org")
    campaign_id = make_campaign(owner, list_id=list_id)
    mailer = MemoryMailer(platform.clock)
    mailer.has_production_access, mailer.verified = False, {"example.org"}
    platform.clock.move(timedelta(minutes=2))  # the limits are kept for a minute
    with overridden(mailer=mailer):
        refused = owner.api.post(f"/campaigns/{campaign_id}/schedule")
        assert refused.status == 400
        assert "The SES account has no production access" in refused.text
        assert "not verified: 1 (ann@example.com)" in refused.text
        mailer.verified |= {"ann@example.com"}
        assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.clock.move(timedelta(minutes=2))


def test_without_production_access_sendings_and_workflows_reach_verified_people_only(owner, platform):
    list_id = make_list(owner)
    ids = add_contacts(owner, list_id, "ann@example.com", "bob@example.org")
    parent_id = make_campaign(owner, list_id=list_id, triggered=True)
    workflow_id = make_workflow(owner, list_id=list_id)
    make_action(owner, workflow_id)
    mailer = MemoryMailer(platform.clock)
    mailer.has_production_access, mailer.verified = False, {"example.org"}
    platform.clock.move(timedelta(minutes=2))
    with overridden(mailer=mailer):
        for path, body, status in (
            (f"/campaigns/{parent_id}/send-again", {"contact_ids": ids}, 400),
            (f"/campaigns/{parent_id}/send-again", {"contact_ids": ids[1:]}, 201),
            (f"/workflows/{workflow_id}/activate", None, 400),
        ):
            answer = owner.api.post(path, json=body)
            assert (answer.status, "not verified: 1 (ann@example.com)" in answer.text) == (status, status == 400)
        mailer.verified |= {"ann@example.com"}
        assert owner.api.post(f"/workflows/{workflow_id}/activate").status == 200
    platform.clock.move(timedelta(minutes=2))


def test_a_campaign_of_which_nothing_leaves_is_shown_as_stalled(owner, platform):
    campaign_id = campaign_in("delivering", owner, platform)

    def stalled():
        return owner.api.get(f"/campaigns/{campaign_id}").json["data"]["stalled"]

    assert stalled() is False
    platform.clock.move(SILENT + timedelta(seconds=2))
    assert stalled() is True
    platform.drain("send-chunks")
    assert stalled() is False

"""Requests of one person: everything stored is shown, everything is erased, and nobody else notices."""

import base64
import copy
import json
import uuid
from functools import cache

import pytest

from postrider import bootstrap
from postrider.bootstrap.tables import ALL_TABLES
from postrider.contacts.bulk_rows import ContactRow, WriteOptions
from postrider.imports.file_imports import FileOptions
from postrider.kit.settings import names
from postrider.mail_events.engagement import recount
from postrider.mail_events.model import EventType, LogQuery
from postrider.mail_events.repository import LogRepository
from postrider.mail_events.source import MailSource
from postrider.suppressions.model import SuppressionSource
from postrider.tasks.model import TaskType
from tests.testing import customerio
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.forms import mails_to, make_form, sign_up
from tests.testing.factories.lists import make_list
from tests.testing.snapshot import items_of_table


def everything_stored(platform):
    """Every item of every table and every object, as one lower-case text."""

    def plain(value):
        return value.decode("latin-1") if isinstance(value, bytes) else str(value)

    texts = [json.dumps(item, default=plain) for model in ALL_TABLES for item in items_of_table(model.Meta.table_name)]
    s3 = platform.aws.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=names().bucket):
        for entry in page.get("Contents", []):
            texts += [entry["Key"], text_of_object(entry["Key"], entry["ETag"], s3)]
    return "\n".join(texts).lower()


@cache
def text_of_object(key, version, s3):
    """Read once per version: other tests have left hundreds."""
    return s3.get_object(Bucket=names().bucket, Key=key, IfMatch=version)["Body"].read().decode("utf-8", "replace")


def exported(platform, owner):
    prefix = f"exports/{owner.account_id}/"
    listed = platform.aws.client("s3").list_objects_v2(Bucket=names().bucket, Prefix=prefix)
    return [entry["Key"] for entry in listed.get("Contents", [])]


class Story:
    """A person on two lists of an account, with a past in all that is stored."""

    def __init__(self, platform):
        mark = uuid.uuid4().hex[:10]
        self.email, self.name = f"Erika.{mark}@Example.com", f"Erika-{mark}"
        self.owner = make_owner()
        api = self.owner.api
        self.sent = make_sent_campaign(self.owner)
        self.lists = [self.sent.list_id, make_list(self.owner)]
        for list_id in self.lists:
            api.post(f"/lists/{list_id}/custom-attributes", json={"name": "first_name", "type": "text"})
            api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
        details = {
            "email": self.email,
            "custom_attributes": [{"name": "first_name", "value": self.name}],
            "tags": ["vip"],
            "interests": ["jazz"],
        }
        changed = api.patch(f"/lists/{self.sent.list_id}/contacts/{self.sent.contact_ids[0]}", json=details)
        assert changed.status == 200, changed.text
        row = {"email": self.email.upper(), "custom_attributes": details["custom_attributes"]}
        assert api.post(f"/lists/{self.lists[1]}/import-contacts", json={"contacts": [row]}).status == 201
        self.sent.did(EventType.OPENED, 0, ip="192.0.2.7", user_agent=f"Mail of {self.name}")
        self.sent.did(EventType.CLICKED, 0, link_id=1, url=f"https://example.com/?who={self.email}", ip="192.0.2.7")
        self.sent.did(EventType.CLICKED, 1, link_id=1, url="https://example.com/", ip="192.0.2.8")
        self.import_file(f"email,first_name\n{self.email},{self.name}\n{self.name}@@example.com,x\n")
        asked = api.post(f"/lists/{self.sent.list_id}/exports", query={"filter": f"email=={self.email}"})
        assert asked.status == 201, asked.text
        platform.drain()

    def import_file(self, text):
        files, account_id = bootstrap.file_imports(), self.owner.account_id
        upload_id, form = files.offer_upload(account_id, self.lists[1])
        bootstrap.object_store().put(form.fields["key"], text.encode())
        files.start(account_id, self.lists[1], upload_id, FileOptions())

    def ask(self, verb, email=None):
        answer = self.owner.api.post(f"/people/{verb}", json={"email": email or self.email.lower()})
        assert answer.status == 200, answer.text
        return answer.json["data"]

    def reports(self):
        api, campaign_id = self.owner.api, self.sent.id
        paths = (
            f"/reports/campaigns/{campaign_id}",
            f"/reports/campaigns/{campaign_id}/links",
            f"/reports/lists/{self.lists[0]}",
        )
        answers = [api.get(path).json for path in paths]
        for answer in answers[2:]:  # the list itself shrinks; what its campaigns brought about stays
            answer["data"] = {name: value for name, value in answer["data"].items() if "contact" not in name}
        return answers


@pytest.fixture
def story(platform):
    return Story(platform)


def test_one_call_shows_all_that_is_stored(story):
    story.owner.api.post("/suppressed-emails", json={"email": story.email})
    shown = story.ask("export")
    assert shown["email"] == story.email.lower()
    assert [contact["list_id"] for contact in shown["contacts"]] == story.lists
    first, second = shown["contacts"]
    assert (first["email"], first["tags"], first["interests"]) == (story.email, ["vip"], ["jazz"])
    assert first["custom_attributes"] == second["custom_attributes"] == {"first_name": story.name}
    assert {"sent", "open", "clickthru", "subscribe"} <= {row["type"] for row in first["log"]}
    click = next(row for row in first["log"] if row["type"] == "clickthru")
    assert (click["ip"], click["campaign_id"]) == ("192.0.2.7", story.sent.id)
    assert [(mail["campaign_id"], mail["outcome"]) for mail in first["mails"]] == [(story.sent.id, "sent")]
    assert [row["type"] for row in second["log"]] == ["subscribe"]
    assert shown["suppression"]["source"] == "manual"


def test_a_wildcard_that_covers_the_person_is_shown(platform):
    owner = make_owner()
    owner.api.post("/suppressed-emails", json={"email": "*@wild.example"})
    shown = owner.api.post("/people/export", json={"email": "p@wild.example"}).json["data"]
    assert shown["suppression"]["email"] == "*@wild.example"


def test_an_unknown_person_has_no_data(story):
    assert story.ask("export", "stranger@example.com") == {
        "email": "stranger@example.com",
        "contacts": [],
        "emails": [],
        "suppression": None,
    }


def test_stored_data_does_not_contain_an_erased_person(story, platform):
    names = [story.email.lower(), story.name.lower()]
    assert all(name in everything_stored(platform) for name in names)
    assert story.ask("erase") == {"contacts": 2, "log_rows": 2, "exports": 1, "import_reports": 1, "tasks": 1}
    platform.drain()
    left = everything_stored(platform)
    assert [name for name in names if name in left] == []
    assert base64.b64encode(names[0].encode()).decode().lower() not in left


@pytest.mark.parametrize("drained", [True, False])
def test_files_of_exports_that_were_deleted_before_go_as_well(story, platform, drained):
    asked = story.owner.api.post(f"/lists/{story.lists[1]}/exports").json["id"]
    if drained:
        platform.drain()
    bootstrap.tasks().delete(story.owner.account_id, asked)  # the mark alone, as when the rest was cut off
    story.ask("erase")
    platform.drain()
    assert exported(platform, story.owner) == []


def test_reports_stay_as_they_were_and_equal_the_log(story, platform):
    before = story.reports()
    story.ask("erase")
    platform.drain()
    assert story.reports() == before
    account_id, campaign_id = story.owner.account_id, story.sent.id
    rows = LogRepository().read(account_id, MailSource.campaign(campaign_id), LogQuery(), wanted=1000)
    counts, links = recount(rows)
    counts.pop("sent")  # counted by the ledger
    assert +bootstrap.events().counts(account_id, MailSource.campaign(campaign_id)) == +counts
    known = bootstrap.events().link_counts(account_id, MailSource.campaign(campaign_id))
    assert known == {link: (clicks["total"], clicks["unique"]) for link, clicks in links.items()}


def test_counters_of_lists_follow(story):
    story.ask("erase")
    counted = [bootstrap.contacts().counts(story.owner.account_id, list_id) for list_id in story.lists]
    assert [(counts["active"], counts["deleted"]) for counts in counted] == [(2, 1), (0, 1)]


def test_no_import_and_no_call_stores_an_erased_person_again(story, platform):
    story.ask("erase")
    api, account_id, list_id = story.owner.api, story.owner.account_id, story.lists[1]
    person = {"email": story.email, "custom_attributes": [{"name": "first_name", "value": story.name}]}
    other = api.post(f"/lists/{list_id}/contacts", json={"email": "other@example.com"}).json["id"]
    for refused in (
        api.post(f"/lists/{list_id}/import-contacts", json={"contacts": [person]}),
        api.post(f"/lists/{list_id}/contacts", json=person),
        api.patch(f"/lists/{list_id}/contacts/{other}", json={"email": story.email}),
    ):
        assert (refused.status in (400, 422), "erased" in refused.text.lower()) == (True, True), refused.text
    app = customerio.make_client(story.owner)
    mail = {"identifiers": {"id": "7"}, "from": story.owner.email, "subject": "Receipt", "body": "<p>Thanks</p>"}
    alone = app.post("/v1/send/email", {**mail, "to": story.email})
    assert (alone.status, "erased" in alone.text.lower()) == (400, True), alone.text
    assert app.post("/v1/send/email", {**mail, "to": "other@example.com", "bcc": story.email}).status == 200
    story.import_file(f"email,first_name\n{story.email},{story.name}\nnew-{story.sent.id}@example.com,x\n")
    platform.drain()
    imports = [task for task in bootstrap.tasks().all(account_id) if task.type == TaskType.CONTACTS_IMPORT]
    [task] = [task for task in imports if task.result.get("created")]
    assert (task.result["created"], task.result["refused"]) == (1, 1)
    bootstrap.privacy().erase(account_id, story.email)  # the file of refused rows repeats the address
    left = everything_stored(platform)
    assert [name for name in (story.email.lower(), story.name.lower()) if name in left] == []
    assert bootstrap.suppressions().blocks_sending(account_id, story.email)
    assert api.get("/suppressed-emails").json["data"] == [{"email": "", "source": "manual"}]


def test_a_sign_up_that_waits_for_its_confirmation_is_shown_and_erased(story, platform):
    list_id = story.lists[1]
    form_id = make_form(
        story.owner, list_id=list_id, content={"linked": '<input name="email"><input name="first_name">'}
    )
    email = f"waiting-{form_id}@example.com"
    sign_up(form_id, email, first_name=f"Name-{form_id}")
    mails_to(platform, email)
    [contact] = story.ask("export", email)["contacts"]
    [waiting] = contact["sign_ups"]
    assert (waiting["form_id"], waiting["custom_attributes"]) == (form_id, {"first_name": f"Name-{form_id}"})
    story.ask("erase", email)
    platform.drain()
    assert f"name-{form_id}" not in everything_stored(platform)


def test_an_import_that_was_overtaken_by_an_erasure_stores_nothing(story, platform):
    """The row was checked before, and its address was claimed after, the erasure looked for the person."""
    writer, account_id, list_id = bootstrap.contact_bulk_writer(), story.owner.account_id, story.lists[1]
    story.ask("erase")
    [(claim, is_new)] = writer.reserve(account_id, list_id, [story.email.lower()]).values()
    draft = ContactRow(
        email=story.email,
        address=claim.address,
        contact_id=claim.contact_id,
        subscribed_at=claim.subscribed_at,
        is_new=is_new,
    )
    written = writer.write(account_id, list_id, [draft], WriteOptions(), part_key=uuid.uuid4().hex)
    platform.drain()
    assert (written.created, story.email.lower() in everything_stored(platform)) == (0, False)


def test_the_form_post_of_a_stranger_stores_nothing_of_an_erased_person(story, platform):
    list_id = story.lists[1]
    form_id = make_form(
        story.owner, list_id=list_id, content={"linked": '<input name="email"><input name="first_name">'}
    )
    story.ask("erase")
    answer = sign_up(form_id, story.email, first_name=story.name)
    assert mails_to(platform, story.email) == []
    left = everything_stored(platform)
    assert [name for name in (story.email.lower(), story.name.lower()) if name in left] == []
    unknown = sign_up(form_id, f"unknown.{form_id}@example.com", first_name="x")
    assert (answer.status, answer.text, answer.headers) == (unknown.status, unknown.text, unknown.headers)


def test_the_account_lifts_an_erasure_by_an_explicit_act(story):
    api, person = story.owner.api, {"email": story.email}
    assert api.post("/people/lift-erasure", json=person).status == 400, "nobody was erased"
    story.ask("erase")
    assert api.delete(f"/suppressed-emails/{story.email}").status == 400, (
        "a list of suppressions is cleaned by programs"
    )
    lifted = api.post("/people/lift-erasure", json=person)
    assert (lifted.status, lifted.json) == (200, {"object": "person", "lifted": True, "suppressed": False})
    added = api.post(f"/lists/{story.lists[1]}/contacts", json=person)
    assert (added.status, added.json["data"]["status"]) == (201, "active")
    assert not bootstrap.suppressions().blocks_sending(story.owner.account_id, story.email)


def test_a_lifted_erasure_keeps_the_suppression_by_the_person(story):
    bootstrap.address_suppression().suppress(story.owner.account_id, story.email, SuppressionSource.COMPLAINT)
    story.ask("erase")
    lifted = story.owner.api.post("/people/lift-erasure", json={"email": story.email})
    assert lifted.json["suppressed"] is True
    assert story.owner.api.post(f"/lists/{story.lists[1]}/contacts", json={"email": story.email}).status == 201
    assert bootstrap.suppressions().blocks_sending(story.owner.account_id, story.email)


def test_earlier_requests_of_the_person_cannot_be_revoked(story):
    bootstrap.address_suppression().suppress(story.owner.account_id, story.email, SuppressionSource.COMPLAINT)
    story.ask("erase")
    assert story.owner.api.delete(f"/suppressed-emails/{story.email}").status == 400


def test_erasing_again_finds_nothing_more(story):
    story.ask("erase")
    again = story.ask("erase")
    assert (again["contacts"], again["log_rows"], again["exports"], again["tasks"]) == (0, 0, 0, 0)
    assert story.owner.api.get("/suppressed-emails", query={"with_count": "true"}).json["pagination"]["count"] == 1


@pytest.mark.parametrize("part", ["_runner", "_imports", "_tasks", "_events"])
def test_an_erasure_that_was_cut_short_is_completed_by_the_next(story, platform, part):
    class Dead:
        def __getattr__(self, name):
            raise KeyboardInterrupt

        def __iter__(self):
            raise KeyboardInterrupt

    dying = copy.copy(bootstrap.privacy())
    setattr(dying, part, Dead())
    with pytest.raises(KeyboardInterrupt):
        dying.erase(story.owner.account_id, story.email)
    assert bootstrap.suppressions().blocks_sending(story.owner.account_id, story.email)
    assert story.ask("erase")["contacts"] == 2
    platform.drain()
    left = everything_stored(platform)
    assert [name for name in (story.email.lower(), story.name.lower()) if name in left] == []


def test_a_contact_that_an_import_is_writing_is_erased(story, platform):
    """The claim of an address comes before its contact."""
    bulk_writer, account_id, list_id = bootstrap.contact_bulk_writer(), story.owner.account_id, story.lists[1]
    mark = uuid.uuid4().hex
    bulk_writer.reserve(account_id, list_id, [f"{mark}@example.com"])
    assert story.ask("erase", f"{mark}@example.com")["contacts"] == 1
    platform.drain()
    assert mark not in everything_stored(platform)


def test_a_contact_that_the_account_deleted_is_erased(story, platform):
    """Links in old mails unsubscribe the address of a deleted contact for a limited time."""
    contacts, account_id = bootstrap.contacts(), story.owner.account_id
    email = f"{uuid.uuid4().hex}@example.com"
    deleted = [contacts.upserts.create(account_id, list_id, email=email) for list_id in story.lists]
    for contact in deleted:
        contacts.delete(account_id, contact.list_id, contact.id)
    contacts.upserts.create(account_id, story.lists[0], email=email)
    assert email in everything_stored(platform)
    assert story.ask("erase", email)["contacts"] == 1
    platform.drain()
    assert email not in everything_stored(platform)
    for contact in deleted:
        assert not contacts.is_known(account_id, contact.list_id, contact.id)


@pytest.mark.parametrize("erased", ["old", "new"])
def test_a_former_address_of_a_contact_is_erased(story, platform, erased):
    """Links in old mails also unsubscribe the address that their contact had before."""
    contacts, account_id, list_id = bootstrap.contacts(), story.owner.account_id, story.lists[0]
    emails = {name: f"{name}-{uuid.uuid4().hex}@example.com" for name in ("old", "new")}
    contact = contacts.upserts.create(account_id, list_id, email=emails["old"])
    contacts.upserts.patch(account_id, list_id, contact.id, email=emails["new"])
    assert emails["old"] in everything_stored(platform)
    assert story.ask("erase", emails[erased])["contacts"] == (erased == "new")
    platform.drain()
    left = everything_stored(platform)
    assert {name for name, email in emails.items() if email in left} == {"new"} - {erased}


@pytest.mark.parametrize("gone", ["contact", "list being deleted", "list"])
def test_events_of_a_deleted_contact_are_erased(story, platform, gone):
    api, list_id, contact_id = story.owner.api, story.lists[0], story.sent.contact_ids[0]
    api.delete(f"/lists/{list_id}/contacts/{contact_id}" if gone == "contact" else f"/lists/{list_id}")
    if gone == "list":
        platform.drain()
    assert story.ask("erase")["log_rows"] == 2
    platform.drain()
    left = everything_stored(platform)
    assert [text for text in (story.email.lower(), story.name.lower()) if text in left] == []


def test_only_this_account_is_asked(story, platform):
    stranger = make_owner()
    assert stranger.api.post("/people/export", json={"email": story.email}).json["data"]["contacts"] == []
    assert stranger.api.post("/people/erase", json={"email": story.email}).json["data"]["contacts"] == 0
    assert len(story.ask("export")["contacts"]) == 2


@pytest.mark.parametrize("verb", ["export", "erase"])
@pytest.mark.parametrize("email", ["*@example.com", "erika@*", "nobody", ""])
def test_an_invalid_address_of_a_person_is_refused(platform, verb, email):
    assert make_owner().api.post(f"/people/{verb}", json={"email": email}).status in (400, 422)


def test_answers_about_people_are_not_kept(story, platform):
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    before = everything_stored(platform).count(story.email.lower())
    story.owner.api.post("/people/export", json={"email": story.email}, headers=headers)
    assert everything_stored(platform).count(story.email.lower()) == before

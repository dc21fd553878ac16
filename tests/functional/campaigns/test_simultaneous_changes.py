"""Two concurrent changes of a content: the content of the accepted change is read and sent."""

from collections.abc import Callable
from typing import Any

import pytest

from postrider import bootstrap
from postrider.campaigns.recipients import CampaignRecipient
from postrider.campaigns.sending import CampaignComposer
from postrider.delivery.model import RunKey
from postrider.delivery.repository import DynamoLedger
from postrider.ports.object_store import ObjectMissing, ObjectStore
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.factories.templates import make_template
from tests.testing.overrides import overridden

HTML = '<p>{} <a href="[UNSUBSCRIBE]">Leave</a></p>'


class MeetingObjects:
    """The objects of the platform; at the next write of a content, before it or after it, `meet` is called once."""

    def __init__(self, objects: ObjectStore, meet: Callable[[], Any], moment: str) -> None:
        self._objects, self._meet, self._moment = objects, meet, moment
        self.has_met = False

    def put(self, key: str, body: bytes, *, content_type: str) -> None:
        is_first, self.has_met = not self.has_met, True
        if is_first and self._moment == "before":
            self._meet()
        self._objects.put(key, body, content_type=content_type)
        if is_first and self._moment == "after":
            self._meet()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objects, name)


class RecordedObjects:
    """The objects of the platform, with the keys that were written."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self.keys: list[str] = []

    def put(self, key: str, body: bytes, *, content_type: str) -> None:
        self.keys.append(key)
        self._objects.put(key, body, content_type=content_type)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objects, name)


@pytest.fixture
def owner(platform: Platform) -> Owner:
    return make_owner()


def content_of(name: str) -> dict[str, Any]:
    return {"content": {"subject": name, "html": HTML.format(name)}}


def change_twice(owner: Owner, path: str, moment: str) -> tuple[int, int]:
    """Change the content at `path`, and meanwhile change it as another caller; return both statuses."""
    inner: list[int] = []

    def meet() -> None:
        inner.append(owner.api.patch(path, json=content_of("Inner")).status)

    with overridden(objects=MeetingObjects(bootstrap.object_store(), meet, moment)):
        outer = owner.api.patch(path, json=content_of("Outer")).status
    return inner[0], outer


@pytest.mark.parametrize("moment", ["before", "after"])
def test_of_two_changes_at_once_the_accepted_content_is_read_and_sent(
    owner: Owner, platform: Platform, moment: str
) -> None:
    """The refused change writes its object first, or last."""
    list_id = make_list(owner)
    to = f"reader.{owner.account_id}@example.com"
    add_contacts(owner, list_id, to)
    campaign_id = make_campaign(owner, list_id=list_id)
    path = f"/campaigns/{campaign_id}"
    assert change_twice(owner, path, moment) == (200, 400)
    for query in ({}, {"revision_id": 2}):
        content = owner.api.get(path, query=query).json["data"]["content"]
        assert (content["subject"], content["html"]) == ("Inner", HTML.format("Inner"))
    assert "Inner" in owner.api.get(f"{path}/render").json["data"]["html"]
    assert owner.api.post(f"{path}/schedule").status == 200
    platform.drain()
    (mail,) = platform.aws.ses.mailbox.latest(to=to)
    assert (mail["subject"], "Inner" in mail["html"]) == ("Inner", True)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_refused_change_leaves_no_revision(owner: Owner, moment: str) -> None:
    campaign_id = make_campaign(owner)
    path = f"/campaigns/{campaign_id}"
    change_twice(owner, path, moment)
    owner.api.patch(path, json=content_of("Third"))
    listed = owner.api.get(f"{path}/revisions", query={"with_count": "true"}).json
    assert ([row["id"] for row in listed["data"]], listed["pagination"]["count"]) == ([3, 2, 1], 3)
    subjects = [
        owner.api.get(path, query={"revision_id": revision}).json["data"]["content"]["subject"]
        for revision in (1, 2, 3)
    ]
    assert subjects == ["News for [email]", "Inner", "Third"]


def test_a_change_of_content_concurrent_with_a_change_of_the_name_leaves_no_revision(owner: Owner) -> None:
    """The refused change has stored its content, and the row of the revision that it would have replaced."""
    path = f"/campaigns/{make_campaign(owner)}"

    def name_it() -> None:
        owner.api.patch(path, json={"name": "Meanwhile"})

    with overridden(objects=MeetingObjects(bootstrap.object_store(), name_it, "after")):
        assert owner.api.patch(path, json=content_of("Refused")).status == 400
    assert [row["id"] for row in owner.api.get(f"{path}/revisions").json["data"]] == [1]
    assert owner.api.get(path).json["data"]["content"]["subject"] == "News for [email]"


def test_a_deleted_draft_leaves_no_content(owner: Owner) -> None:
    recorded = RecordedObjects(bootstrap.object_store())
    with overridden(objects=recorded):
        path = f"/campaigns/{make_campaign(owner)}"
        for name in ("Second", "Third"):
            owner.api.patch(path, json=content_of(name))
        assert owner.api.delete(path).status == 200
    assert len(set(recorded.keys)) == 3
    for key in recorded.keys:
        with pytest.raises(ObjectMissing):
            bootstrap.object_store().get(key)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_of_two_changes_of_a_template_at_once_the_accepted_content_is_read(owner: Owner, moment: str) -> None:
    template_id = make_template(owner)
    assert change_twice(owner, f"/templates/{template_id}", moment) == (200, 400)
    content = owner.api.get(f"/templates/{template_id}").json["data"]["content"]
    assert (content["subject"], content["html"]) == ("Inner", HTML.format("Inner"))


def test_a_run_keeps_the_content_of_its_start(owner: Owner, platform: Platform) -> None:
    """A worker may still hold a chunk of a run that was cancelled, while the draft is changed."""
    list_id = make_list(owner)
    (contact_id,) = add_contacts(owner, list_id, f"reader.{owner.account_id}@example.com")
    campaign_id = make_campaign(owner, list_id=list_id)
    path = f"/campaigns/{campaign_id}"
    owner.api.post(f"{path}/schedule")
    platform.drain("plan-runs")
    campaign = bootstrap.campaigns().get(owner.account_id, campaign_id)
    run = DynamoLedger().run(RunKey(owner.account_id, campaign.source, campaign.run_id or ""))
    assert run is not None
    owner.api.post(f"{path}/cancel")
    assert owner.api.patch(path, json=content_of("Second")).status == 200
    contact = bootstrap.contacts().get(owner.account_id, list_id, contact_id)
    composer = CampaignComposer(bootstrap.campaigns(), bootstrap.campaign_renderer(), bootstrap.mail_renderer())
    mail = composer.writer(run).write(
        CampaignRecipient(contact=contact, refusal=None), reference="reference", variant=0
    )
    assert b"\r\nSubject: News for" in mail.message

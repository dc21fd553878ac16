"""A noun in use is not deleted, also when the use begins between the check of a call and its write."""

import pytest

from postrider import bootstrap
from postrider.attributes.repository import AttributeRepository
from postrider.campaigns.repository import CampaignRepository
from postrider.groups.repository import GroupRepository
from postrider.interests.repository import InterestRepository
from postrider.kit.errors import Conflict, Invalid
from postrider.segments.repository import SegmentRepository
from postrider.senders.repository import SenderRepository
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list

EXPRESSIONS = {"tag": '`tags` = "x"', "interest": '`interests` = "x"', "attribute": '`x` = "a"'}
REPOSITORIES = {"tag": GroupRepository, "interest": InterestRepository, "attribute": AttributeRepository}


class Names:
    """A list with a tag, an interest and an attribute that are all called x."""

    def __init__(self):
        self.owner = make_owner()
        self.key = self.owner.account_id, make_list(self.owner)
        bootstrap.groups().ensure(self.owner.account_id, ["x"])
        bootstrap.interests().create(*self.key, name="x", alias=None)
        made = self.owner.api.post(f"/lists/{self.key[1]}/custom-attributes", json={"name": "x", "type": "text"})
        assert made.status == 201, made.text

    def delete(self, kind):
        names = bootstrap.label_deletion()
        if kind == "tag":
            names.delete_tag(self.owner.account_id, "x")
        else:
            getattr(names, f"delete_{kind}")(*self.key, "x")

    def create_segment(self, kind):
        return bootstrap.segments().create(*self.key, name="Some", expressions={"query": EXPRESSIONS[kind]})

    def segments(self):
        return bootstrap.segments().all(*self.key)


@pytest.fixture
def names(platform):
    return Names()


def meet(monkeypatch, repository, method, other, *, only=lambda *_: True):
    """Let `other` be called between the check of the next call and its write, which is this method."""
    write = getattr(repository, method)

    def write_late(self, *args, **options):
        if only(*args):
            monkeypatch.setattr(repository, method, write)
            other()
        return write(self, *args, **options)

    monkeypatch.setattr(repository, method, write_late)


@pytest.mark.parametrize("kind", EXPRESSIONS)
def test_a_name_stays_for_a_segment_that_is_stored_meanwhile(names, monkeypatch, kind):
    meet(monkeypatch, REPOSITORIES[kind], "delete", lambda: names.create_segment(kind))
    with pytest.raises(Conflict):
        names.delete(kind)
    (segment,) = names.segments()
    assert bootstrap.segments().compiled_filter(segment) is not None


@pytest.mark.parametrize("kind", EXPRESSIONS)
def test_a_segment_is_refused_whose_name_is_deleted_meanwhile(names, monkeypatch, kind):
    meet(monkeypatch, SegmentRepository, "save", lambda: names.delete(kind))
    with pytest.raises(Invalid):
        names.create_segment(kind)
    assert names.segments() == []


def test_a_change_of_a_segment_is_undone_whose_name_is_deleted_meanwhile(names, monkeypatch):
    segment = names.create_segment("interest")
    meet(monkeypatch, SegmentRepository, "save", lambda: names.delete("tag"))
    with pytest.raises(Invalid):
        bootstrap.segments().change(*names.key, segment.id, name="New", expressions={"query": EXPRESSIONS["tag"]})
    assert names.segments() == [segment]


def _campaign(names, segment):
    audience = {"list_id": names.key[1], "segment_id": segment.id}
    return make_campaign(names.owner, audience=audience)


def _schedule(names, campaign_id):
    bootstrap.campaign_lifecycle().schedule(names.owner.account_id, campaign_id, moment=None)


def _status(names, campaign_id):
    return bootstrap.campaigns().get(names.owner.account_id, campaign_id).status


def _deletions(names, segment, campaign):
    return {
        "segment": (SegmentRepository, lambda: bootstrap.segment_deletion().delete(*names.key, segment.id)),
        "sender": (SenderRepository, lambda: _delete_sender(names, campaign)),
    }


def _delete_sender(names, campaign_id):
    sender_id = bootstrap.campaigns().get(names.owner.account_id, campaign_id).sender_id
    bootstrap.sender_deletion().delete(names.owner.account_id, sender_id)


@pytest.fixture
def campaign_id(names):
    """A draft to a segment, of a sender that the list does not use."""
    campaign_id = _campaign(names, names.create_segment("tag"))
    sender = bootstrap.sender_confirmation().create(
        names.owner.account_id, name="New", email="a@example.com", language=None, login="a@example.com"
    )
    bootstrap.campaign_drafts().change(
        names.owner.account_id, campaign_id, settings={"sender_id": sender.id}, content={}
    )
    return campaign_id


@pytest.mark.parametrize("noun", ["segment", "sender"])
def test_objects_of_a_campaign_that_is_scheduled_during_their_deletion_remain(names, campaign_id, monkeypatch, noun):
    (segment,) = names.segments()
    repository, delete = _deletions(names, segment, campaign_id)[noun]
    meet(monkeypatch, repository, "delete", lambda: _schedule(names, campaign_id))
    with pytest.raises((Conflict, Invalid)):
        delete()
    assert _status(names, campaign_id) == "scheduled"
    with pytest.raises((Conflict, Invalid)):
        delete()


@pytest.mark.parametrize("noun", ["segment", "sender"])
def test_a_campaign_is_a_draft_again_when_an_object_in_use_is_deleted_meanwhile(names, campaign_id, monkeypatch, noun):
    (segment,) = names.segments()
    _, delete = _deletions(names, segment, campaign_id)[noun]
    meet(monkeypatch, CampaignRepository, "act", delete, only=lambda _, act, __: act.name == "scheduled")
    with pytest.raises(Invalid):
        _schedule(names, campaign_id)
    assert _status(names, campaign_id) == "incomplete"

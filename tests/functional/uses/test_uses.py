"""A query returns all uses of a segment or a sender, at any moment of a change."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.uses.model import OwnerKind, UsedKind, UsedObject, UsingObject, named
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.workflows import make_action, make_workflow

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


def make_segment(owner, list_id):
    return int(owner.api.post(f"/lists/{list_id}/segments", json={"name": "All"}).json["id"])


def users_of_segment(owner, segment_id):
    used = bootstrap.use_finder().of_segment(owner.account_id, segment_id)
    return [each.id for each in used.campaigns], [each.id for each in used.workflows]


def users_of_sender(owner, sender_id):
    used = bootstrap.use_finder().of_sender(owner.account_id, sender_id)
    return [each.id for each in used.campaigns], [each.id for each in used.workflows]


def test_the_users_of_a_segment_are_campaigns_and_workflows(owner, platform):
    list_id = make_list(owner)
    first, second = make_segment(owner, list_id), make_segment(owner, list_id)
    audience = {"list_id": list_id, "segment_id": first}
    campaign_id = make_campaign(owner, audience=audience)
    workflow_id = int(make_workflow(owner, audience=audience))
    assert users_of_segment(owner, first) == ([campaign_id], [workflow_id])
    assert users_of_segment(make_owner(), first) == ([], [])
    platform.clock.move(timedelta(seconds=1))
    for path in (f"/campaigns/{campaign_id}", f"/workflows/{workflow_id}"):
        assert owner.api.patch(path, json={"audience": {"list_id": list_id, "segment_id": second}}).status == 200
    assert users_of_segment(owner, first) == ([], [])
    assert users_of_segment(owner, second) == ([campaign_id], [workflow_id])
    owner.api.delete(f"/campaigns/{campaign_id}")
    owner.api.delete(f"/workflows/{workflow_id}")
    assert users_of_segment(owner, second) == ([], [])


def test_the_users_of_a_sender_are_campaigns_and_workflows(owner):
    sender_id = make_sender(owner)
    campaign_id = make_campaign(owner, sender_id=sender_id)
    workflow_id = make_workflow(owner)
    settings = {"content": {"subject": "Hi", "text": "Hi [UNSUBSCRIBE]"}, "sender": {"id": sender_id}}
    action_id = make_action(owner, workflow_id, email_settings=settings)
    assert users_of_sender(owner, sender_id) == ([campaign_id], [int(workflow_id)])
    owner.api.delete(f"/workflows/{workflow_id}/actions/{action_id}")
    assert users_of_sender(owner, sender_id) == ([campaign_id], [])


def test_a_use_is_noted_before_its_owner_is_saved_and_removed_after_its_owner(platform):
    """A crash in between leaves too much, which readers look through, and never too little."""
    owner, uses = UsingObject(OwnerKind.TEMPLATE, "7"), bootstrap.uses()
    old, new = (UsedObject(UsedKind.SNIPPET, name) for name in ("a#b%", "a"))
    with uses.saving("42", owner, after={old}):
        assert uses.owners("42", old) == [owner]
    platform.clock.move(timedelta(seconds=1))
    with uses.saving("42", owner, before={old}, after={new}):
        assert uses.owners("42", old) == uses.owners("42", new) == [owner]
    assert (uses.owners("42", old), uses.owners("42", new)) == ([], [owner])
    with pytest.raises(ZeroDivisionError), uses.saving("42", owner, before={new}):
        raise ZeroDivisionError
    assert uses.owners("42", new) == [owner]


def test_a_use_that_begins_again_meanwhile_is_kept(platform):
    owner, uses, used = UsingObject(OwnerKind.CAMPAIGN, "8"), bootstrap.uses(), UsedObject(UsedKind.SENDER, "x")
    with uses.saving("42", owner, after={used}):
        pass
    platform.clock.move(timedelta(seconds=1))
    with uses.saving("42", owner, before={used}):
        platform.clock.move(timedelta(seconds=1))
        with uses.saving("42", owner, after={used}):
            pass
    assert uses.owners("42", used) == [owner]


def test_an_object_names_its_settings_and_snippets():
    assert named(segment_id=3, snippets=["b", "a", "b"]) == {
        UsedObject(UsedKind.SEGMENT, "3"),
        UsedObject(UsedKind.SNIPPET, "a"),
        UsedObject(UsedKind.SNIPPET, "b"),
    }
    assert named() == frozenset()

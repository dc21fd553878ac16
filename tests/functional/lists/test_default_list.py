"""The list of callers that name none: chosen once, set in the account, replaced when it cannot be used."""

import pytest

from postrider import bootstrap
from postrider.lists.repository import ListRepository
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list

SELF = "/accounts/self"


@pytest.fixture
def owner(platform):
    return make_owner()


def default_id(owner):
    return bootstrap.lists().default(owner.account_id).id


def shown_id(owner):
    return owner.api.get(SELF).json["data"]["default_list_id"]


def test_the_oldest_active_list_is_chosen_and_set(owner):
    archived, oldest, _ = (make_list(owner) for _ in range(3))
    owner.api.post(f"/lists/{archived}/archive")
    assert shown_id(owner) is None
    assert (default_id(owner), shown_id(owner)) == (oldest, oldest)


def test_the_account_sets_and_clears_the_default_list(owner):
    first, second = make_list(owner), make_list(owner)
    answer = owner.api.patch(SELF, json={"default_list_id": second})
    assert (answer.status, answer.json["data"]["default_list_id"], default_id(owner)) == (200, second, second)
    owner.api.patch(SELF, json={"default_list_id": None})
    assert (shown_id(owner), default_id(owner)) == (None, first)


def test_an_unknown_an_archived_and_a_foreign_list_are_refused(owner):
    archived = make_list(owner)
    owner.api.post(f"/lists/{archived}/archive")
    for list_id in (archived, make_list(make_owner()), 987654321):
        answer = owner.api.patch(SELF, json={"default_list_id": list_id})
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "default_list_id"])


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_a_default_list_that_cannot_be_used_is_replaced(owner, action):
    first, second = make_list(owner), make_list(owner)
    assert default_id(owner) == first
    if action == "archive":
        owner.api.post(f"/lists/{first}/archive")
    else:
        owner.api.delete(f"/lists/{first}")
    assert (default_id(owner), shown_id(owner)) == (second, second)


def test_an_account_without_lists_gets_a_default_list_without_a_sender(owner):
    list_id = default_id(owner)
    data = owner.api.get(f"/lists/{list_id}").json["data"]
    assert (data["name"], data["policy_accepted"]) == ("Contacts", True)
    assert data["default_sender"] == {"name": None, "email": None}
    assert owner.api.get("/lists").status == 200
    assert default_id(owner) == list_id


def test_two_concurrent_first_calls_choose_the_same_default_list(owner, monkeypatch):
    lists, add = bootstrap.lists(), ListRepository.add

    def overtaken(repository, contact_list):
        monkeypatch.setattr(ListRepository, "add", add)
        lists.default(owner.account_id)
        add(repository, contact_list)

    monkeypatch.setattr(ListRepository, "add", overtaken)
    chosen = lists.default(owner.account_id)
    assert [contact_list.id for contact_list in lists.all(owner.account_id)] == [chosen.id] == [shown_id(owner)]


def test_a_list_that_another_first_call_has_chosen_is_kept(owner, monkeypatch):
    """The other call finds the list of this one, and sets it as default before this one does."""
    accounts = bootstrap.accounts()
    replace_default_list = accounts.replace_default_list

    def set_by_another_call(account_id, before, after):
        monkeypatch.undo()
        assert replace_default_list(account_id, before, after)
        return replace_default_list(account_id, before, after)

    monkeypatch.setattr(accounts, "replace_default_list", set_by_another_call)
    chosen = default_id(owner)
    assert [contact_list.id for contact_list in bootstrap.lists().all(owner.account_id)] == [chosen]
    assert shown_id(owner) == chosen

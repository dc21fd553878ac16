"""Accounts below a partner: created, confirmed by their owner, changed, suspended and deleted."""

import pytest

from postrider import bootstrap
from postrider.delivery.rules import MISSED
from postrider.usecases import sub_accounts
from tests.testing.customerio import APP, make_client
from tests.testing.factories.accounts import PASSWORD, Owner, make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.factories.users import PERSON, admin_of, log_in, mailed_secret, new_address
from tests.testing.harness import Api


@pytest.fixture
def partner(platform):
    return make_owner()


def create(api, *, query=None, owner=None, **fields):
    body = {"name": "Branch", "account_owner": {**PERSON, "email": new_address(), **(owner or {})}, **fields}
    answer = api.post("/accounts", json=body, query=query)
    assert answer.status == 201, answer.text
    return answer.json


def open_account(above, **fields):
    """An account that is open at once, and a client of its owner."""
    owner = {"password": PASSWORD}
    created = create(admin_of(above), query={"skip_verification": "true"}, owner=owner, **fields)
    return created, Api(log_in(created["email"], PASSWORD).json["access_token"])


def test_the_owner_opens_an_account_with_the_mailed_code(partner, platform):
    created = create(partner.api, owner={"password": PASSWORD})
    assert (created["data"]["status"], created["data"]["lineage"]) == (
        "pending",
        f"{partner.account_id}-{created['id']}",
    )
    assert log_in(created["email"], PASSWORD).status == 403
    secret = mailed_secret(platform, created["email"], "confirm-account")
    wrong = Api().post(f"/accounts/{partner.account_id}/confirm", json={"confirmation": secret})
    assert (wrong.status, wrong.json["detail"][0]["loc"]) == (400, ["body", "confirmation"])
    answer = Api().post(f"/accounts/{created['id']}/confirm", json={"confirmation": secret})
    assert (answer.status, answer.json["email"], answer.json["data"]["status"]) == (200, created["email"], "active")
    api = Api(log_in(created["email"], PASSWORD).json["access_token"])
    assert api.get("/accounts/self").json["data"]["account_owner"] == {
        "user_id": created["data"]["account_owner"]["user_id"]
    }
    assert Api().post(f"/accounts/{created['id']}/confirm", json={"confirmation": secret}).status == 400


def test_an_owner_without_a_password_gets_a_link_to_set_a_password(partner, platform):
    created = create(partner.api, trial=True)
    path = f"/confirm-account/{mailed_secret(platform, created['email'], 'confirm-account')}"
    assert "<form" in Api().get(path).text
    assert Api().post(path).status == 200
    assert partner.api.get(f"/accounts/{created['id']}").json["data"]["status"] == "trial"
    secret = mailed_secret(platform, created["email"], "confirm-user")
    assert Api().post(f"/confirm-user/{secret}", form={"password": PASSWORD}).status == 200
    assert log_in(created["email"], PASSWORD).status == 200


def test_a_request_for_another_verification_mail_does_not_reveal_whether_an_account_exists(partner, platform):
    created = create(partner.api)
    first = mailed_secret(platform, created["email"], "confirm-account")
    for email in (created["email"], new_address(), partner.email):
        answer = Api().post("/accounts/resend-verification-email", json={"email": email})
        assert answer.json == {"object": "account", "verification_resent": True}
    platform.drain()
    second = mailed_secret(platform, created["email"], "confirm-account")
    assert first != second
    assert Api().post(f"/accounts/{created['id']}/confirm", json={"confirmation": second}).status == 200


def test_only_managers_of_partners_create_sub_accounts(partner):
    _, branch = open_account(partner)
    body = {"name": "x", "account_owner": {**PERSON, "email": new_address()}}
    refused = branch.post("/accounts", json=body)
    assert (refused.status, refused.json["detail"][0]["type"]) == (400, "not_a_partner")
    assert partner.api.post("/accounts", json=body, query={"skip_verification": "true"}).status == 403
    taken = partner.api.post("/accounts", json={**body, "account_owner": {**PERSON, "email": partner.email}})
    assert (taken.status, taken.json["detail"][0]["loc"]) == (400, ["body", "account_owner", "email"])
    assert len(partner.api.get("/accounts").json["data"]) == 1, "nothing half written"


def test_listings_show_children_or_the_whole_tree(partner):
    child, child_api = open_account(partner, name="B child", partner=True)
    grandchild, _ = open_account_below(child_api, child)
    other = create(partner.api, name="A child")

    def ids(api=partner.api, **query):
        return [row["id"] for row in api.get("/accounts", query=query).json["data"]]

    assert ids() == [child["id"], other["id"]]
    assert ids(sort="name") == [other["id"], child["id"]]
    assert ids(recursive="true", sort="created_on") == [child["id"], grandchild["id"], other["id"]]
    assert ids(partner_account_id=child["id"]) == [grandchild["id"]]
    assert ids(filter="status==pending") == [other["id"]]
    assert ids(child_api) == [grandchild["id"]]
    refused = child_api.get("/accounts", query={"partner_account_id": partner.account_id})
    assert (refused.status, refused.json["detail"][0]["code"]) == (400, 8004)
    assert refused.json["detail"][0]["loc"] == ["query", "partner_account_id"]


def open_account_below(api, account):
    email = account["email"]
    token = Api().post("/token", form={"username": email, "password": PASSWORD, "scopes": "user,admin"}).json
    owner = {"password": PASSWORD}
    created = create(Api(token["access_token"]), query={"skip_verification": "true"}, owner=owner)
    return created, Api(log_in(created["email"], PASSWORD).json["access_token"])


def test_a_partner_changes_a_sub_account_and_acts_in_the_sub_account(partner):
    created, _ = open_account(partner, trial=True, usage_limits={"users": 1})
    path = f"/accounts/{created['id']}"
    changes = {"name": "New name", "usage_limits": {"per_month": 500}, "trial": False, "partner": True, "phone": "1"}
    data = partner.api.patch(path, json=changes).json["data"]
    assert (data["name"], data["status"], data["partner"], data["phone"]) == ("New name", "active", True, "1")
    assert (data["usage_limits"]["users"], data["usage_limits"]["per_month"]) == (1, 500)
    assert partner.api.patch(path, json={"phone": None}).json["data"]["phone"] is None
    stranger = partner.api.patch(path, json={"account_owner": {"user_id": int(partner.user_id)}})
    assert (stranger.status, stranger.json["detail"][0]["loc"]) == (400, ["body", "account_owner", "user_id"])
    full = partner.api.post("/users", json={**PERSON, "email": new_address()}, query={"account_id": created["id"]})
    assert full.json["detail"][0]["type"] == "too_many_users"
    lists = partner.api.get("/lists", query={"account_id": created["id"]})
    assert (lists.status, lists.json["data"]) == (200, [])


def test_users_and_programs_have_no_access_to_a_suspended_account(partner):
    created, branch = open_account(partner)
    path = f"/accounts/{created['id']}"
    answer = partner.api.post(f"{path}/suspend")
    assert (answer.json["suspended"], answer.json["data"]["status"]) == (True, "suspended_by_partner")
    bootstrap.reset()
    assert branch.get("/lists").status == 401
    assert log_in(created["email"], PASSWORD).status == 403
    assert partner.api.post(f"{path}/suspend").status == 200, "again does no harm"
    answer = partner.api.post(f"{path}/unsuspend")
    assert (answer.json["unsuspended"], answer.json["data"]["status"]) == (True, "active")
    assert log_in(created["email"], PASSWORD).status == 200


def test_the_accounts_below_a_suspended_account_are_refused_and_send_nothing(partner, platform, mailer):
    """A suspension of their own remains when that of the account above them ends."""
    created, branch = open_account(partner, partner=True)
    below, api = open_account_below(branch, created)
    other, _ = open_account_below(branch, created)
    owner = Owner(below["id"], str(below["data"]["account_owner"]["user_id"]), below["email"], api.token)
    key = make_client(owner, APP)
    list_id = make_list(owner)
    add_contacts(owner, list_id, f"reader.{below['id']}@example.com")
    campaign_id = make_campaign(owner, list_id=list_id)
    assert api.post(f"/campaigns/{campaign_id}/schedule", json={}).status == 200
    assert partner.api.post(f"/accounts/{other['id']}/suspend").status == 200
    assert partner.api.post(f"/accounts/{created['id']}/suspend").status == 200
    bootstrap.reset()
    platform.drain()
    assert mailer.accepted == []
    assert (api.get("/lists").status, key.get("/v1/segments").status) == (401, 401)
    assert log_in(below["email"], PASSWORD).status == 403
    assert partner.api.post(f"/accounts/{created['id']}/unsuspend").status == 200
    bootstrap.reset()
    assert (api.get("/lists").status, key.get("/v1/segments").status) == (200, 200)
    assert log_in(other["email"], PASSWORD).status == 403
    platform.clock.move(MISSED)
    platform.sweep()
    platform.drain()
    assert len(mailer.accepted) == 1


def test_a_deleted_account_is_closed_and_listed_on_request_only(partner):
    created, branch = open_account(partner, partner=True)
    below, _ = open_account_below(branch, created)
    path = f"/accounts/{created['id']}"
    refused = partner.api.delete(path)
    assert (refused.status, refused.json["detail"][0]["type"]) == (400, "account_has_sub_accounts")
    assert branch.delete(f"/accounts/{below['id']}").status == 200
    assert partner.api.delete(path).json == {"id": created["id"], "object": "account", "deleted": True}
    bootstrap.reset()
    assert branch.get("/lists").status == 401
    assert partner.api.get("/accounts").json["data"] == []
    gone = partner.api.get("/accounts", query={"filter": "status==deleted"}).json["data"]
    assert [row["id"] for row in gone] == [created["id"]]
    assert partner.api.get(path).json["detail"][0]["code"] == 8004


def test_an_account_manages_neither_itself_nor_a_sibling(partner):
    created, branch = open_account(partner)
    other, _ = open_account(partner)
    for method, path in (("POST", "suspend"), ("POST", "unsuspend"), ("PATCH", ""), ("DELETE", "")):
        for account_id, reason in ((created["id"], "own_account"), (other["id"], "account_out_of_reach")):
            options = {"json": {"name": "x"}} if method == "PATCH" else {}
            answer = branch.call(method, f"/accounts/{account_id}/{path}".rstrip("/"), **options)
            assert (answer.status, answer.json["detail"][0]["type"]) == (400, reason)


def test_the_number_and_the_depth_of_accounts_are_bounded(partner, monkeypatch):
    body = {"name": "x", "account_owner": {**PERSON, "email": new_address()}}
    monkeypatch.setattr(sub_accounts, "MAX_DEPTH", 1)
    assert partner.api.post("/accounts", json=body).json["detail"][0]["type"] == "accounts_too_deep"
    monkeypatch.setattr(sub_accounts, "MAX_DEPTH", 10)
    monkeypatch.setattr(sub_accounts, "MAX_SUB_ACCOUNTS", 0)
    assert partner.api.post("/accounts", json=body).json["detail"][0]["type"] == "too_many_accounts"

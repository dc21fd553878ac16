"""Sessions and credentials end when what they rest on ends, whichever operation ends it."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.tokens.service import USER_CACHE_S
from postrider.users.table import UserItem
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.users import admin_of, invite, log_in, mailed_secret
from tests.testing.harness import Api

NEW = "a new good password"


def join(owner, platform):
    """Invite a user who confirms; return the user's data."""
    user = invite(owner)
    secret = mailed_secret(platform, user["email"], "confirm-user")
    body = {"confirmation": secret, "password": PASSWORD}
    return Api().post(f"/users/{user['id']}/confirm", json=body).json["data"]


def change_own_password(owner, user, platform):
    body = {"password": {"current": PASSWORD, "new": NEW}}
    return Api(log_in(user["email"], PASSWORD).json["access_token"]).patch(f"/users/{user['id']}", json=body)


def set_password_as_administrator(owner, user, platform):
    return admin_of(owner).patch(f"/users/{user['id']}", json={"password": {"new": NEW}})


def reset_forgotten_password(owner, user, platform):
    Api().post("/users/forgot-my-password", json={"email": user["email"]})
    platform.drain()
    secret = mailed_secret(platform, user["email"], "reset-password")
    return Api().post("/users/reset-password-confirm", json={"token": secret, "password": NEW})


def invalidate_password(owner, user, platform):
    body = {"invalidate_current_password": True}
    return owner.api.post(f"/users/{user['id']}/reset-password", json=body)


def suspend(owner, user, platform):
    return owner.api.post(f"/users/{user['id']}/suspend")


def delete(owner, user, platform):
    return owner.api.delete(f"/users/{user['id']}")


ENDS = (
    change_own_password,
    set_password_as_administrator,
    reset_forgotten_password,
    invalidate_password,
    suspend,
    delete,
)


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_access_and_refresh_tokens_from_before_are_refused(platform, end):
    owner = make_owner()
    user = join(owner, platform)
    session = log_in(user["email"], PASSWORD).json
    assert Api(session["access_token"]).get("/users/self").status == 200
    platform.clock.move(timedelta(seconds=2))
    assert end(owner, user, platform).status == 200
    bootstrap.reset()  # as a process that has not seen the user
    assert Api(session["access_token"]).get("/users/self").status == 401
    form = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
    assert Api().put("/token", form=form).status in (401, 403)
    assert owner.api.get("/users/self").status == 200, "sessions of others go on"


def test_processes_look_at_the_user_again_within_30_seconds():
    assert USER_CACHE_S <= 30


def test_a_role_that_was_taken_away_is_gone_from_tokens_and_sessions(platform):
    owner = make_owner()
    user = join(owner, platform)
    form = {"username": owner.email, "password": PASSWORD, "scopes": "user,admin"}
    session = Api().post("/token", form=form).json
    set_password = {"path": f"/users/{user['id']}", "json": {"password": {"new": NEW}}}
    assert Api(session["access_token"]).patch(**set_password).status == 200
    UserItem(f"account#{owner.account_id}", f"user#{owner.user_id}").update([UserItem.scopes.set({"user"})])
    bootstrap.reset()
    refused = Api(session["access_token"]).patch(**set_password)
    assert (refused.status, refused.json["detail"][0]["type"]) == (403, "admin_required")
    form = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
    renewed = Api(Api().put("/token", form=form).json["access_token"])
    assert renewed.patch(**set_password).status == 403
    assert renewed.get("/users/self").status == 200


@pytest.mark.parametrize("end", [suspend, delete], ids=lambda end: end.__name__)
def test_a_credential_ends_with_the_access_of_its_maker(platform, end):
    owner = make_owner()
    user = join(owner, platform)
    UserItem(f"account#{owner.account_id}", f"user#{user['id']}").update([UserItem.scopes.set({"user", "admin"})])
    form = {"username": user["email"], "password": PASSWORD, "scopes": "user,admin"}
    maker = Api(Api().post("/token", form=form).json["access_token"])
    made = maker.post("/credentials", json={"dialect": "kasplo"}).json
    path, headers = f"/audience/v1/{made['data']['public']}/list", {"api-key": made["secret"]}
    assert Api().get(path, headers=headers).status == 200
    assert end(owner, user, platform).status == 200
    bootstrap.reset()
    assert Api().get(path, headers=headers).status == 401

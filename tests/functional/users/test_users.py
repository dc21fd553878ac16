"""Users: invited, confirmed by a mailed link, changed, suspended and deleted."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.users import management
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.users import PERSON, admin_of, invite, log_in, mailed_secret, new_address
from tests.testing.harness import Api

NEW = "a new good password"


@pytest.fixture
def owner(platform):
    return make_owner()


def join(owner, platform, **fields):
    """Invite a user who confirms; return the data and a client."""
    user = invite(owner, **fields)
    secret = mailed_secret(platform, user["email"], "confirm-user")
    answer = Api().post(f"/users/{user['id']}/confirm", json={"confirmation": secret, "password": PASSWORD})
    assert answer.status == 200, answer.text
    return answer.json["data"], Api(log_in(user["email"], PASSWORD).json["access_token"])


def test_an_invited_user_is_pending_until_the_mailed_link_is_used(owner, platform):
    user = invite(owner, language="fr")
    assert (user["status"], user["first_name"], user["language"]) == ("pending", "Ada", "fr")
    assert log_in(user["email"], PASSWORD).status == 401
    secret = mailed_secret(platform, user["email"], "confirm-user")
    body = {"confirmation": secret, "password": PASSWORD}
    assert Api().post("/users/1/confirm", json=body).json["detail"][0]["loc"] == ["body", "confirmation"]
    answer = Api().post(f"/users/{user['id']}/confirm", json=body)
    assert (answer.status, answer.json["data"]["status"]) == (200, "active")
    token = log_in(user["email"], PASSWORD).json["access_token"]
    assert Api(token).get("/lists").status == 200
    assert Api().post(f"/users/{user['id']}/confirm", json=body).status == 400, "a link works once"


def test_a_link_expires(owner, platform):
    user = invite(owner)
    secret = mailed_secret(platform, user["email"], "confirm-user")
    platform.clock.move(timedelta(days=7))
    answer = Api().post(f"/users/{user['id']}/confirm", json={"confirmation": secret, "password": PASSWORD})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "user_link_invalid")
    assert Api().get(f"/confirm-user/{secret}").status == 410


def test_the_page_of_the_link_sets_a_password(owner, platform):
    user = invite(owner, language="de")
    path = f"/confirm-user/{mailed_secret(platform, user['email'], 'confirm-user')}"
    asked = Api().get(path)
    assert (asked.status, 'type="password"' in asked.text, "Wählen Sie Ihr Passwort" in asked.text) == (200, True, True)
    refused = Api().post(path, form={"password": "short"})
    assert (refused.status, "Mindestens 8 Zeichen" in refused.text) == (400, True)
    assert Api().post(path, form={"password": PASSWORD}).status == 200
    assert log_in(user["email"], PASSWORD).status == 200
    assert Api().get(path).status == 410


def test_only_managers_manage_users(owner, platform):
    _, member = join(owner, platform)
    other = invite(owner)
    for answer in (
        member.post("/users", json={**PERSON, "email": new_address()}),
        member.patch(f"/users/{other['id']}", json={"title": "Dr"}),
        member.post(f"/users/{other['id']}/suspend"),
        member.post(f"/users/{other['id']}/reset-password", json={}),
        member.post(f"/users/{other['id']}/resend-verification-email"),
        member.delete(f"/users/{other['id']}"),
    ):
        assert (answer.status, answer.json["detail"][0]["type"]) == (403, "owner_required")
    assert len(member.get("/users").json["data"]) == 3


def test_setting_a_password_or_skipping_verification_needs_the_scope_admin(owner):
    body = {**PERSON, "email": new_address(), "password": NEW}
    assert owner.api.post("/users", json=body).status == 403
    assert (
        owner.api.post("/users", json={**PERSON, "email": new_address()}, query={"skip_verification": "true"}).status
        == 403
    )
    answer = admin_of(owner).post("/users", json=body, query={"skip_verification": "true"})
    assert (answer.status, answer.json["data"]["status"]) == (201, "active")
    assert log_in(body["email"], NEW).status == 200


def test_an_email_is_taken_on_the_whole_platform_and_free_after_deletion(owner):
    user = invite(owner)
    taken = make_owner().api.post("/users", json={**PERSON, "email": user["email"].upper()})
    assert (taken.status, taken.json["detail"][0]["loc"]) == (400, ["body", "email"])
    assert owner.api.delete(f"/users/{user['id']}").json == {"id": user["id"], "object": "user", "deleted": True}
    assert owner.api.get(f"/users/{user['id']}").status == 400
    invite(owner, user["email"])


def test_users_are_listed_and_filtered(owner, platform):
    first, _ = join(owner, platform)
    second = invite(owner)
    rows = owner.api.get("/users", query={"with_count": "true"}).json
    assert [row["id"] for row in rows["data"]] == [owner.user_id, first["id"], second["id"]]
    assert rows["pagination"]["count"] == 3
    pending = owner.api.get("/users", query={"filter": "status==pending"}).json["data"]
    assert [row["email"] for row in pending] == [second["email"]]


def test_users_change_their_own_data_and_need_the_current_password_for_a_new_password(owner, platform):
    user, member = join(owner, platform)
    path = f"/users/{user['id']}"
    changed = member.patch(path, json={"title": "Dr", "language": None}).json["data"]
    assert (changed["title"], changed["language"], changed["first_name"]) == ("Dr", None, "Ada")
    wrong = member.patch(path, json={"password": {"current": "wrong", "new": NEW}})
    assert (wrong.status, wrong.json["detail"][0]["loc"]) == (400, ["body", "password", "current"])
    platform.clock.move(timedelta(seconds=2))
    assert member.patch(path, json={"password": {"current": PASSWORD, "new": NEW}}).status == 200
    platform.clock.move(timedelta(minutes=1))
    assert log_in(user["email"], PASSWORD).status == 401
    assert log_in(user["email"], NEW).status == 200
    refused = owner.api.patch(path, json={"password": {"new": PASSWORD}})
    assert (refused.status, refused.json["detail"][0]["type"]) == (403, "admin_required")
    assert admin_of(owner).patch(path, json={"password": {"new": PASSWORD}}).status == 200
    assert log_in(user["email"], PASSWORD).status == 200


def test_a_user_has_no_access_while_suspended(owner, platform):
    user, member = join(owner, platform)
    answer = owner.api.post(f"/users/{user['id']}/suspend")
    assert (answer.status, answer.json["suspended"], answer.json["data"]["status"]) == (200, True, "suspended")
    bootstrap.reset()
    assert member.get("/lists").status == 401
    assert log_in(user["email"], PASSWORD).status == 403
    answer = owner.api.post(f"/users/{user['id']}/unsuspend")
    assert (answer.json["suspended"], answer.json["data"]["status"]) == (False, "active")
    assert log_in(user["email"], PASSWORD).status == 200
    pending = invite(owner)
    owner.api.post(f"/users/{pending['id']}/suspend")
    assert owner.api.post(f"/users/{pending['id']}/unsuspend").json["data"]["status"] == "pending"


@pytest.mark.parametrize("name", ["Europe/Bern", "Mars", "../etc/passwd", "Europe", "GMT+25", ""])
def test_an_unknown_time_zone_is_refused(owner, name):
    body = {**PERSON, "email": new_address(), "timezone": name}
    answers = [owner.api.post("/users", json=body), owner.api.patch(f"/users/{owner.user_id}", json={"timezone": name})]
    assert [(answer.status, answer.json["detail"][0]["loc"]) for answer in answers] == [(422, ["body", "timezone"])] * 2


def test_the_owner_and_oneself_can_be_neither_suspended_nor_deleted(owner):
    for answer in (
        owner.api.post(f"/users/{owner.user_id}/suspend"),
        owner.api.delete(f"/users/{owner.user_id}"),
    ):
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, "user_is_owner")


def test_an_invitation_is_sent_again_to_pending_users_only(owner, platform):
    user = invite(owner)
    path = f"/users/{user['id']}/resend-verification-email"
    assert owner.api.post(path).status == 429
    platform.clock.move(timedelta(minutes=2))
    assert owner.api.post(path).json == {"object": "user", "confirmation_resent": True}
    secret = mailed_secret(platform, user["email"], "confirm-user")
    Api().post(f"/users/{user['id']}/confirm", json={"confirmation": secret, "password": PASSWORD})
    assert owner.api.post(path).json["detail"][0]["type"] == "user_not_pending"


def test_an_account_has_a_bounded_number_of_users(owner, monkeypatch):
    monkeypatch.setattr(management, "MAX_USERS", 1)
    answer = owner.api.post("/users", json={**PERSON, "email": new_address()})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "too_many_users")


# Forgotten passwords


def test_a_forgotten_password_is_reset_once_by_a_mailed_link(owner, platform):
    user, _ = join(owner, platform)
    answer = Api().post("/users/forgot-my-password", json={"email": user["email"].upper()})
    assert answer.json["reset_link_sent"] is True
    platform.drain()
    secret = mailed_secret(platform, user["email"], "reset-password")
    platform.clock.move(timedelta(seconds=2))
    short = Api().post("/users/reset-password-confirm", json={"token": secret, "password": "short"})
    assert (short.status, short.json["detail"][0]["loc"]) == (400, ["body", "password"])
    answer = Api().post("/users/reset-password-confirm", json={"token": secret, "password": NEW})
    assert answer.json == {"object": "user", "password_reset": True}
    assert log_in(user["email"], PASSWORD).status == 401
    assert log_in(user["email"], NEW).status == 200
    assert Api().post("/users/reset-password-confirm", json={"token": secret, "password": PASSWORD}).status == 400


def test_a_change_of_the_password_ends_older_links(owner, platform):
    user, member = join(owner, platform)
    secrets = []
    for _ in range(2):
        assert member.post("/users/self/reset-password").json["email"] == user["email"]
        secrets.append(mailed_secret(platform, user["email"], "reset-password"))
    first, second = secrets
    platform.clock.move(timedelta(seconds=2))
    assert Api().post(f"/reset-password/{first}", form={"password": NEW}).status == 200
    assert Api().post(f"/reset-password/{second}", form={"password": NEW}).status == 410


def test_a_request_for_a_password_link_does_not_reveal_whether_a_user_exists(owner, platform):
    answers = [Api().post("/users/forgot-my-password", json={"email": email}) for email in (owner.email, new_address())]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].text.replace(owner.email, "") == answers[1].text.replace(answers[1].json["email"], "")
    sent_before = platform.aws.ses.mailbox.count()
    platform.drain()
    assert platform.aws.ses.mailbox.count() == sent_before + 1


def test_a_reset_by_a_manager_ends_the_current_password_at_once(owner, platform):
    user, member = join(owner, platform)
    platform.clock.move(timedelta(seconds=2))
    body = {"invalidate_current_password": True}
    assert owner.api.post(f"/users/{user['id']}/reset-password", json=body).status == 200
    bootstrap.reset()
    assert member.get("/lists").status == 401
    assert log_in(user["email"], PASSWORD).status == 401
    secret = mailed_secret(platform, user["email"], "reset-password")
    assert Api().post("/users/reset-password-confirm", json={"token": secret, "password": NEW}).status == 200
    assert log_in(user["email"], NEW).status == 200

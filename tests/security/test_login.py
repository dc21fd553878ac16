"""Logins reveal no data to strangers, and guesses are limited."""

import time
import uuid
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher, extract_parameters

from infra.bench.meter import Meter
from postrider import bootstrap
from postrider.accounts import service as accounts
from postrider.accounts.repository import AccountRepository
from postrider.bootstrap.tables import ALL_TABLES
from postrider.rate_limits.visitors import (
    FAILED_LOGINS_PER_USER,
    FAILED_LOGINS_PER_USER_AND_RANGE,
    FAILED_LOGINS_PER_VISITOR,
    address_range,
)
from postrider.storage.dynamo import client
from postrider.tokens import service as tokens
from postrider.users import logins
from postrider.users import service as users
from postrider.users.table import UserItem
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.harness import Api
from tests.testing.overrides import overridden


def log_in(email, password=PASSWORD, ip="203.0.113.1"):
    return Api().post("/token", form={"username": email, "password": password}, source_ip=ip)


# What is answered


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(platform):
    known = log_in(make_owner().email, "wrong password")
    unknown = log_in(f"{uuid.uuid4().hex}@example.com")
    assert (known.status, known.headers, known.body) == (unknown.status, unknown.headers, unknown.body)


def test_an_unknown_user_costs_the_same_work():
    """One hash is verified either way, and that of nobody has the costs of real ones."""
    hasher = PasswordHasher()
    verified = []

    def verify(password_hash, password):
        verified.append(password_hash)
        return hasher.verify(password_hash, password)

    service = users.UserService(None, None, SimpleNamespace(verify=verify, hash=hasher.hash))
    somebody = SimpleNamespace(password_hash=hasher.hash("right"))
    assert [service.password_fits(user, "wrong") for user in (somebody, None)] == [False, False]
    assert len(verified) == 2
    costs = [extract_parameters(password_hash) for password_hash in verified]
    assert costs[0].memory_cost == costs[1].memory_cost
    assert costs[0].time_cost == costs[1].time_cost
    assert costs[0].parallelism == costs[1].parallelism


def test_an_unknown_user_is_looked_for_as_long(platform):
    """Reads take milliseconds each, which many measurements can distinguish."""
    known, unknown = make_owner().email, f"{uuid.uuid4().hex}@example.com"
    asked = []
    for email in (known, unknown):
        with Meter() as meter:
            log_in(email, "wrong password")
        asked.append(meter.calls)
    assert asked[0] == asked[1]


def test_a_user_without_a_password_cannot_log_in():
    nobody = SimpleNamespace(password_hash=None)
    service = users.UserService(None, None)
    assert not any(service.password_fits(nobody, guess) for guess in ("", "None", "nobody"))


def test_an_unknown_user_takes_as_long(platform):
    """With a wide margin: the equal work is what counts, and is tested above."""

    def fastest(email, ip):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            log_in(email, "wrong password", ip)
            times.append(time.perf_counter() - start)
        return min(times)

    slow = users.UserService(bootstrap.users()._users, bootstrap.clock())  # real costs
    with overridden(password_hasher=slow._hasher):
        email = make_owner().email
        known, unknown = fastest(email, "203.0.113.2"), fastest(f"{uuid.uuid4().hex}@example.com", "203.0.113.2")
    assert unknown > known / 2


# How often


def guess(email, ip):
    answer = log_in(email, "wrong password", ip)
    return (answer.status, answer.json["detail"][0]["type"])


def test_guesses_at_a_login_from_a_range_of_addresses_are_stopped_and_lock_out_no_other_range(platform):
    owner = make_owner()
    session = log_in(owner.email, ip="198.51.100.200").json
    for number in range(FAILED_LOGINS_PER_USER_AND_RANGE.most):
        assert guess(owner.email, f"203.0.113.{number}") == (401, "bad_credentials")
    answer = log_in(owner.email.upper(), PASSWORD, "203.0.113.99")
    assert (answer.status, answer.json["detail"][0]["type"]) == (429, "too_many_by_login")
    assert 0 < int(answer.headers["retry-after"]) <= FAILED_LOGINS_PER_USER_AND_RANGE.window_s
    assert log_in(owner.email, ip="198.51.100.7").status == 200, "its owner is elsewhere"
    form = {"refresh_token": session["refresh_token"], "grant_type": "refresh_token"}
    assert Api().put("/token", form=form, source_ip="203.0.113.99").status == 200, "a session that lives goes on"
    platform.clock.move(timedelta(seconds=int(answer.headers["retry-after"])))
    assert log_in(owner.email, ip="203.0.113.99").status == 200


def test_a_site_of_ipv6_counts_as_one_range():
    assert address_range("2001:db8:1:1::1") == address_range("2001:db8:1:ffff::2") != address_range("2001:db8:2::1")


def test_guesses_at_a_login_from_many_ranges_have_a_higher_limit(platform, monkeypatch):
    assert FAILED_LOGINS_PER_USER.most >= 20 * FAILED_LOGINS_PER_USER_AND_RANGE.most
    most = 3
    monkeypatch.setattr(logins, "FAILED_LOGINS_PER_USER", replace(FAILED_LOGINS_PER_USER, most=most))
    owner = make_owner()
    session = log_in(owner.email).json
    for number in range(most):
        assert guess(owner.email, f"100.64.{number}.1") == (401, "bad_credentials")
    assert guess(owner.email, "100.64.99.1") == (429, "too_many_by_login_anywhere")
    assert Api(session["access_token"]).get("/users/self").status == 200
    form = {"refresh_token": session["refresh_token"], "grant_type": "refresh_token"}
    assert Api().put("/token", form=form).status == 200, "a session that lives is not locked out"


def test_guesses_that_are_refused_do_not_count_for_the_login(platform, monkeypatch):
    most = FAILED_LOGINS_PER_USER_AND_RANGE.most + 2
    monkeypatch.setattr(logins, "FAILED_LOGINS_PER_USER", replace(FAILED_LOGINS_PER_USER, most=most))
    owner = make_owner()
    for _ in range(most + 3):
        guess(owner.email, "203.0.113.1")
    assert log_in(owner.email, ip="198.51.100.7").status == 200


def test_guesses_at_many_logins_from_one_address_are_stopped(platform):
    for _ in range(FAILED_LOGINS_PER_VISITOR.most):
        assert log_in(f"{uuid.uuid4().hex}@example.com", "x", "2001:db8::1").status == 401
    # A line has a whole /64 of IPv6.
    assert log_in(make_owner().email, PASSWORD, "2001:db8::ffff").status == 429
    assert log_in(make_owner().email, PASSWORD, "2001:db8:0:1::1").status == 200


def test_the_right_password_is_never_refused(platform):
    owner = make_owner()
    answers = [log_in(owner.email, ip="203.0.113.200").status for _ in range(FAILED_LOGINS_PER_USER_AND_RANGE.most + 2)]
    assert set(answers) == {200}


# For how long


def as_another_process():
    """Clear the caches of this process, like after USER_CACHE_S."""
    bootstrap.reset()


@pytest.mark.parametrize(
    "change", [{"tokens_valid_from": None}, {"status": "suspended"}], ids=["password or rights", "suspension"]
)
def test_tokens_die_when_their_user_changes(platform, change):
    owner = make_owner()
    pair = log_in(owner.email).json
    platform.clock.move(timedelta(seconds=5))
    changes = {name: value or bootstrap.clock()() for name, value in change.items()}
    UserItem(f"account#{owner.account_id}", f"user#{owner.user_id}").update(
        [getattr(UserItem, name).set(value) for name, value in changes.items()]
    )
    as_another_process()
    assert Api(pair["access_token"]).get("/users/self").status == 401
    refreshed = Api().put("/token", form={"refresh_token": pair["refresh_token"], "grant_type": "refresh_token"})
    assert refreshed.status in (401, 403)


@pytest.mark.parametrize("what", ["password or rights", "user", "account", "account above"])
def test_a_process_that_has_verified_a_token_refuses_a_revoked_token_within_a_minute(platform, monkeypatch, what):
    """Tokens live for days and say themselves that they are good; what they stand on is looked at again and again."""
    above = make_owner()
    form = {"username": above.email, "password": PASSWORD, "account_id": make_owner(parent=above).account_id}
    token = Api().post("/token", form=form).json["access_token"]
    at, begun = [0.0], time.monotonic()
    for module in (tokens, accounts):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: begun + at[0]))
    assert Api(token).get("/lists").status == 200
    platform.clock.move(timedelta(seconds=5))
    if what == "password or rights":
        UserItem(f"account#{above.account_id}", f"user#{above.user_id}").update(
            [UserItem.tokens_valid_from.set(platform.clock())]
        )
    elif what == "user":
        UserItem(f"account#{above.account_id}", f"user#{above.user_id}").update([UserItem.status.set("suspended")])
    else:
        suspended = above.account_id if what == "account above" else form["account_id"]
        AccountRepository().change(AccountRepository().get(suspended), {"status": "suspended"})
    at[0] = 60.0
    assert Api(token).get("/lists").status == 401


def test_a_token_works_at_once_though_the_process_has_seen_its_account_closed(platform):
    """As of a new account, which was read before its owner confirmed it."""
    owner = make_owner()
    form = {"username": owner.email, "password": PASSWORD}
    token = Api().post("/token", form=form).json["access_token"]
    for status, answered in (("suspended", 401), ("active", 200)):
        AccountRepository().change(AccountRepository().get(owner.account_id), {"status": status})
        if status == "suspended":
            as_another_process()
        assert Api(token).get("/lists").status == answered


def test_neither_passwords_nor_refresh_tokens_are_stored(platform):
    owner = make_owner()
    pair = Api().post("/token", form={"username": owner.email, "password": PASSWORD, "scopes": "user,admin"}).json
    again = Api(pair["access_token"]).post(
        "/token", form={"username": owner.email}, headers={"Idempotency-Key": uuid.uuid4().hex}
    )
    assert again.status == 200, "a token with the admin scope makes another without the password"
    stored = str(
        [
            page["Items"]
            for table in ALL_TABLES
            for page in client().get_paginator("scan").paginate(TableName=table.Meta.table_name)
        ]
    )
    assert PASSWORD not in stored
    for token_pair in (pair, again.json):
        assert token_pair["refresh_token"] not in stored
        assert token_pair["access_token"] not in stored

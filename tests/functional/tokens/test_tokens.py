"""Logging in, staying logged in, and being refused."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest

from postrider import bootstrap
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.harness import Api


def log_in(owner, **form):
    return Api().post("/token", form={"username": owner.email, "password": PASSWORD, **form})


def test_the_password_grant_gives_a_pair_of_tokens(platform):
    owner = make_owner()
    answer = log_in(owner)
    assert answer.status == 200
    assert answer.json.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert answer.json["expires_in"] == 432_000
    assert Api(answer.json["access_token"]).get("/users/self").json["data"]["email"] == owner.email


def test_the_access_token_is_rs256_and_checks_with_the_published_key(platform):
    token = log_in(make_owner()).json["access_token"]
    pem = Api().get("/token/pubkey").json["pubkey"]
    options = {"verify_exp": False, "verify_iat": False}  # the platform's clock runs ahead of the real one
    claims = jwt.decode(token, pem, algorithms=["RS256"], audience="postrider-api", options=options)
    assert {"account_id", "id", "lineage", "scopes", "exp", "iat", "iss"} <= claims.keys()


def test_a_multipart_body_is_a_form_as_well(platform):
    owner = make_owner()
    fields = {"username": owner.email, "password": PASSWORD, "grant_type": "password"}
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    answer = Api().call(
        "POST",
        "/token",
        body=f"{parts}--b--\r\n".encode(),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.status == 200, answer.text


@pytest.mark.parametrize("form", [{"password": "wrong password"}, {"username": "nobody@example.com"}])
def test_bad_credentials_are_refused_alike(platform, form):
    """A stranger must not learn which addresses have a login."""
    answer = log_in(make_owner(), **form)
    assert (answer.status, answer.json["detail"][0]["msg"]) == (401, "The username or the password is wrong.")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_missing_password_is_401_and_a_missing_username_422(platform):
    owner = make_owner()
    assert Api().post("/token", form={"username": owner.email}).status == 401
    answer = Api().post("/token", form={"username": owner.email, "password": PASSWORD, "expiration_seconds": "5"})
    assert (answer.status, answer.json["detail"][0]["loc"][-1]) == (422, "expiration_seconds")


@pytest.mark.parametrize("way", ["put", "post"])
def test_a_refresh_gives_a_new_pair_and_ends_the_old_refresh_token(platform, way):
    first = log_in(make_owner()).json

    def renew(token):
        form = {"refresh_token": token, "grant_type": "refresh_token"}
        return Api().put("/token", form=form) if way == "put" else Api().post("/token", form=form)

    second = renew(first["refresh_token"])
    assert second.status == 200
    assert Api(second.json["access_token"]).get("/users/self").status == 200
    third = renew(second.json["refresh_token"])
    assert third.status == 200
    assert renew(second.json["refresh_token"]).status == 401
    assert renew(third.json["refresh_token"]).status == 401, "one of the two was stolen: the session ends"


def renewed(refresh_token):
    return Api().put("/token", form={"refresh_token": refresh_token, "grant_type": "refresh_token"})


def test_a_user_and_an_account_show_when_they_were_last_active(platform):
    owner = make_owner()
    platform.clock.move(timedelta(days=1))
    form = {"username": owner.email, "password": PASSWORD}
    pair = Api().post("/token", form=form).json
    for _ in range(2):
        api, now = Api(pair["access_token"]), int(platform.clock().timestamp())
        bootstrap.reset()
        shown = [api.get(path).json["data"] for path in ("/users/self", "/accounts/self", f"/users/{owner.user_id}")]
        assert [data["last_activity_on"] for data in shown] == [now] * 3
        platform.clock.move(timedelta(days=1))
        assert Api().post("/token", form=form | {"password": "wrong"}).status == 401
        pair = Api().put("/token", form={"refresh_token": pair["refresh_token"]}).json


def test_a_refresh_token_used_twice_ends_its_session_and_no_other(platform):
    owner = make_owner()
    stolen, other = log_in(owner).json["refresh_token"], log_in(owner).json["refresh_token"]
    newest = stolen
    for _ in range(3):
        newest = renewed(newest).json["refresh_token"]
    assert renewed(stolen).status == 401
    assert renewed(newest).status == 401
    assert renewed(other).status == 200


def test_concurrent_uses_of_a_refresh_token_issue_at_most_one_pair(platform):
    token = log_in(make_owner()).json["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        statuses = [answer.status for answer in pool.map(renewed, [token] * 8)]
    assert statuses.count(200) <= 1
    assert set(statuses) <= {200, 401}


def test_a_refresh_token_is_no_access_token(platform):
    assert Api(log_in(make_owner()).json["refresh_token"]).get("/users/self").status == 401


def test_an_access_token_expires(platform):
    token = log_in(make_owner(), expiration_seconds="600").json["access_token"]
    platform.clock.move(timedelta(seconds=599))
    assert Api(token).get("/users/self").status == 200
    platform.clock.move(timedelta(seconds=1))
    answer = Api(token).get("/users/self")
    assert (answer.status, answer.json["detail"][0]["type"]) == (401, "token_expired")


def _parts(token):
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def _text(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_forged_tokens_are_refused(platform):
    """alg=none, the public key used as an HMAC secret, altered claims, another issuer's key."""
    token = log_in(make_owner()).json["access_token"]
    header, claims = _parts(token)
    signature = token.split(".")[2]
    richer = claims | {"account_id": claims["account_id"] + 1}
    pem = Api().get("/token/pubkey").json["pubkey"]
    confused = jwt.api_jws.PyJWS().encode(json.dumps(claims).encode(), "x" * 64, algorithm="HS256")
    forged = [
        f"{_text(header | {'alg': 'none'})}.{_text(claims)}.",
        f"{_text(header)}.{_text(richer)}.{signature}",
        f"{_text(header | {'alg': 'HS256'})}.{_text(claims)}.{signature}",
        confused,
        token[:-8] + "AAAAAAAA",
        "not.a.token",
        pem,
    ]
    assert [Api(text).get("/users/self").status for text in forged] == [401] * len(forged)


def test_a_scope_that_the_user_lacks_is_403(platform):
    assert log_in(make_owner(), scopes="internal").status == 403


def test_a_token_with_one_right_can_use_only_this_right(platform):
    token = log_in(make_owner(), scopes="lists:read").json["access_token"]
    assert Api(token).get("/lists").status == 200
    assert Api(token).post("/lists", json={"name": "x", "default_sender": {"id": "1"}}).status == 403
    assert Api(token).get("/campaigns").status == 403


def test_without_a_token_the_answer_is_401_before_anything_else(platform):
    answer = Api().post("/lists", json={"nonsense": True})
    assert answer.status == 401
    assert answer.json["detail"][0]["type"] == "unauthorized"


def test_an_account_out_of_reach_is_400_with_code_8004(platform):
    owner, stranger = make_owner(), make_owner()
    answer = Api(owner.token).get("/lists", query={"account_id": stranger.account_id})
    assert (answer.status, answer.json["detail"][0]["code"]) == (400, 8004)
    assert answer.json["detail"][0]["loc"] == ["query", "account_id"]


def test_an_account_reaches_its_sub_account_and_not_the_reverse(platform):
    parent = make_owner()
    child = make_owner(parent=parent)
    assert Api(parent.token).get("/lists", query={"account_id": child.account_id}).status == 200
    assert Api(child.token).get("/lists", query={"account_id": parent.account_id}).status == 400


def test_an_account_id_that_is_no_number_is_422(platform):
    answer = Api(make_owner().token).get("/lists", query={"account_id": "x"})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["query", "account_id"])


@pytest.mark.parametrize(
    ("method", "path", "status", "text", "allowed"),
    [
        ("GET", "/nowhere", 404, "Not Found", None),
        ("GET", "/lists/1/nowhere", 404, "Not Found", None),
        ("GET", "/lists/", 404, "Not Found", None),
        ("PUT", "/lists/1", 405, "Method Not Allowed", "DELETE, GET, PATCH"),
        ("DELETE", "/token", 405, "Method Not Allowed", "POST, PUT"),
        ("POST", "/suppressed-emails/a@example.com", 405, "Method Not Allowed", "DELETE"),
    ],
)
def test_an_unknown_route_or_method_is_answered_as_the_contract_says(platform, method, path, status, text, allowed):
    answer = Api(make_owner().token).call(method, path, json={} if method != "GET" else None)
    assert (answer.status, answer.json, answer.headers.get("allow")) == (status, {"detail": text}, allowed)


def test_a_call_that_no_route_fits_keeps_no_answer(platform):
    answer = Api(make_owner().token).post("/nowhere", json={}, headers={"Idempotency-Key": "a"})
    assert answer.status == 404

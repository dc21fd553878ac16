"""OAuth: a program gets what its user has agreed to, once, and nobody else gets it (RFC 6749, RFC 7636, RFC 9700)."""

import base64
import time
import uuid
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest

from postrider import bootstrap
from postrider.bootstrap.tables import ALL_TABLES
from postrider.content.texts import LANGUAGES
from postrider.credentials.oauth_tokens import MAX_PER_USER_AND_CLIENT
from postrider.credentials.service import CACHE_S
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.lists import make_list
from tests.testing.factories.oauth import (
    REDIRECT_URI,
    Browser,
    give_access,
    hidden_fields,
    make_program,
    make_token,
    pkce,
    sent_back,
)
from tests.testing.harness import Api
from tests.testing.logs import captured_lines
from tests.testing.snapshot import items_of_account, items_of_table


@pytest.fixture(scope="module")
def maker(platform):
    """The account whose program asks."""
    return make_owner()


@pytest.fixture(scope="module")
def user(platform):
    """The owner of another account, who is asked."""
    return make_owner()


@pytest.fixture(scope="module")
def program(maker):
    return make_program(maker)


def refusal(answer):
    return answer.status, answer.json["error"]


INVALID_GRANT = (400, "invalid_grant")


# The way that works


def test_a_program_gets_a_token_that_acts_for_the_account_of_its_user(program, maker, user):
    back = give_access(program, user)
    assert back.keys() == {"code", "state"}
    assert back["state"] == "a state of the program & more"
    answer = program.exchange(back["code"])
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.json["token_type"], answer.json["expires_in"], answer.json["scope"]) == ("bearer", 0, None)
    api = Api(answer.json["access_token"])
    name = f"list of {user.account_id}"
    list_id = make_list(user, name=name)
    assert api.get(f"/lists/{list_id}").json["data"]["name"] == name
    assert api.post("/tags", json={"tag": "from-the-program"}).status == 201
    assert "from-the-program" in user.api.get("/tags").text
    assert "from-the-program" not in maker.api.get("/tags").text


def test_a_program_can_prove_itself_in_a_header(program, user):
    basic = base64.b64encode(f"{program.client_id}:{program.secret}".encode()).decode()
    code = give_access(program, user)["code"]
    headers = {"Authorization": f"Basic {basic}"}
    answer = program.exchange(code, client_id=None, client_secret=None, headers=headers)
    assert answer.status == 200
    both = program.exchange(code, headers=headers)
    assert refusal(both) == (400, "invalid_request")


def test_a_program_without_secret_uses_pkce(maker, user):
    program = make_program(maker, public=True)
    verifier, challenge = pkce()
    code = give_access(program, user, **challenge)["code"]
    assert program.exchange(code, code_verifier=verifier).status == 200


def test_the_metadata_say_whose_the_token_is(program, user):
    token = make_token(program, user)
    for scheme in ("OAuth", "Bearer", "bearer"):
        answer = Api().get("/oauth2/metadata", headers={"Authorization": f"{scheme} {token}"})
        data = answer.json
        assert (answer.status, data["role"], data["user_id"]) == (200, "owner", int(user.user_id))
        assert (data["login"]["email"], data["api_endpoint"]) == (user.email, "https://mail.example.com")
    for headers in ({}, {"Authorization": "OAuth nothing"}, {"Authorization": f"Basic {token}"}):
        answer = Api().get("/oauth2/metadata", headers=headers)
        assert (answer.status, answer.json) == (200, {"error": "invalid_token"})


def test_the_token_is_among_the_credentials_and_in_the_audit_log(program, user):
    token = make_token(program, user)
    listed = user.api.get("/credentials").json["data"]
    shown = [credential for credential in listed if credential["hint"] == token[-4:]][-1]
    assert (shown["kind"], shown["dialect"], shown["name"]) == ("oauth", "main", "Shop Sync")
    assert (shown["client_id"], shown["public"], shown["last_used_on"]) == (program.client_id, None, None)
    assert Api(token).get("/lists").status == 200
    used = [c for c in user.api.get("/credentials").json["data"] if c["id"] == shown["id"]]
    assert used[0]["last_used_on"] is not None
    assert token not in str(items_of_account(user.account_id))
    changes = user.api.get("/audit").json["data"]
    assert [change["path"] for change in changes if change["token_id"] == shown["id"]] == ["/oauth2/token"]


# The page


def test_the_page_names_program_maker_account_and_rights(maker, user):
    bootstrap.accounts().change(maker.account_id, {"name": "Acme & Sons"})
    program = make_program(
        maker, name="Shop <Sync>", scopes=["contacts:read", "campaigns:write", "lists:read", "people:read"]
    )
    browser = Browser(program.query(scope="contacts:read people:read campaigns:write"))
    page = browser.open()
    assert page.status == 200
    assert "Shop &lt;Sync&gt;, a program by Acme &amp; Sons, is asking for access to your account." in page.text
    asked = browser.log_in(user.email).text
    assert f"You are logged in as {user.email}" in asked
    assert "Shop &lt;Sync&gt;" in asked
    assert "<h2>It will be able to see and change:</h2><ul><li>Campaigns, and sending them</li></ul>" in asked
    contacts = "<li>Contacts: their addresses, data and subscriptions</li>"
    assert f"{contacts}<li>Everything stored about a person</li></ul>" in asked, "reading erases nothing"
    assert "Lists" not in asked
    assert "You will then be sent to shop.example." in asked


def test_the_page_is_not_framed_cached_or_scripted_and_sends_no_referrer(program, user):
    browser = Browser(program.query())
    for answer in (browser.open(), browser.log_in(user.email)):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "<script" not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_language_of_the_browser(program, user, language):
    browser = Browser(program.query(), language=f"{language}-XX,en;q=0.5")
    browser.open()
    asked = browser.log_in(user.email).text
    assert f'<html lang="{language}">' in asked
    assert ("Give access" in asked) == (language == "en")
    assert "{" not in asked.partition("</style>")[2]


def test_a_denial_issues_no_code(program, user):
    browser = Browser(program.query())
    browser.open()
    browser.log_in(user.email)
    back = sent_back(browser.submit(action="deny"))
    assert (back["error"], back["state"]) == ("access_denied", "a state of the program & more")
    assert "code" not in back


def test_a_wrong_password_and_an_unknown_email_get_the_same_page(program, user):
    pages = []
    for email in (user.email, f"{uuid.uuid4().hex}@example.com"):
        browser = Browser(program.query())
        browser.open()
        answer = browser.log_in(email, "wrong password")
        text = answer.text.replace(email, "EMAIL").replace(hidden_fields(answer.text)["form"], "FORM")
        pages.append((answer.status, text))
        assert "login" not in hidden_fields(answer.text)
    assert pages[0] == pages[1]
    assert pages[0][0] == 401


def test_guessing_is_limited_as_at_the_token_endpoint(program, platform):
    target = make_owner()
    browser = Browser(program.query())
    browser.open()
    statuses = [browser.log_in(target.email, f"guess {number}").status for number in range(11)]
    assert statuses == [401] * 10 + [429]
    assert browser.log_in(target.email).status == 429, "the right password neither"
    form = {"username": target.email, "password": PASSWORD}
    assert Api().post("/token", form=form).status == 429, "guesses at both routes count together"
    platform.clock.move(timedelta(minutes=16))
    assert browser.open().status == 200
    assert browser.log_in(target.email).status == 200


def test_a_suspended_user_cannot_log_in(program):
    user = make_owner()
    stored = bootstrap.users().get(user.account_id, user.user_id)
    bootstrap.users().change(stored, status="suspended")
    browser = Browser(program.query())
    browser.open()
    assert browser.log_in(user.email).status == 401


# Forms of other sites (CSRF)


def test_a_form_of_another_site_does_nothing(program, user):
    """It cannot read the page, so it has no text of a form, or that of its own browser."""
    victim, attacker = Browser(program.query()), Browser(program.query())
    victim.open()
    victim.log_in(user.email)
    login = hidden_fields(victim.page)["login"]
    attacker.open()
    foreign = hidden_fields(attacker.page)["form"]
    for fields in (
        {"action": "allow", "login": login},
        {"action": "allow", "login": login, "form": foreign},
        {"action": "allow", "login": login, "form": "x"},
        {"action": "log_in", "email": user.email, "password": PASSWORD, "form": foreign},
    ):
        cookies = "; ".join(f"{name}={value}" for name, value in victim.cookies.items())
        sent = {"form": fields, "headers": {"Cookie": cookies}}
        answer = Api().post("/oauth2/authorize", query=program.query(), **sent)
        assert (answer.status, "location" in answer.headers) == (400, False)


def test_a_form_counts_in_its_browser_for_its_request_only(maker, program, user):
    browser = Browser(program.query())
    browser.open()
    browser.log_in(user.email)
    fields = hidden_fields(browser.page) | {"action": "allow"}
    other = make_program(maker)
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    refused = (
        ({}, program.query()),
        ({"Cookie": "__Host-oauth-form=x"}, program.query()),
        (cookie, other.query()),
        (cookie, program.query(scope="lists:read")),
        (cookie, program.query(state="another")),
    )
    for headers, query in refused:
        assert Api().post("/oauth2/authorize", query=query, form=fields, headers=headers).status == 400
    assert Api().post("/oauth2/authorize", query=program.query(), form=fields, headers=cookie).status == 302


def test_a_login_lasts_ten_minutes_and_not_past_a_new_password(program, platform):
    user = make_owner()
    browser = Browser(program.query())
    browser.open()
    browser.log_in(user.email)
    kept = browser.page
    platform.clock.move(timedelta(minutes=10))
    assert browser.submit(action="allow").status == 400
    browser.open()
    browser.log_in(user.email)
    kept = browser.page
    platform.clock.move(timedelta(seconds=2))
    stored = bootstrap.users().get(user.account_id, user.user_id)
    bootstrap.users().change(stored, **bootstrap.users().password_values("another password"))
    browser.page = kept
    assert browser.submit(action="allow").status == 400


def test_the_cookie_is_no_login(program, user):
    browser = Browser(program.query())
    answer = browser.open()
    (cookie,) = answer.cookies
    assert cookie.startswith("__Host-oauth-form=")
    attributes = set(cookie.split("; ")[1:])
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= attributes
    assert not any(attribute.startswith("Domain") for attribute in attributes)
    browser.log_in(user.email)
    sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    assert Api().get("/lists", headers=sent).status == 401
    fresh = Browser(program.query(), cookies=dict(browser.cookies))
    assert "You are logged in" not in fresh.open().text, "a second request asks for the password again"


# Requests of programs


def test_only_registered_uris_get_redirects(program):
    """Compared character by character (RFC 9700, section 2.1)."""
    places = (
        None,
        "https://evil.example/",
        REDIRECT_URI + "/",
        REDIRECT_URI + "&x=1",
        REDIRECT_URI.upper(),
        REDIRECT_URI.replace("https", "http"),
        REDIRECT_URI.replace("shop.example", "shop.example.evil.example"),
        REDIRECT_URI.replace("shop.example", "evil@shop.example"),
        REDIRECT_URI.replace("/oauth/back", "/oauth/../back"),
        REDIRECT_URI.partition("?")[0],
    )
    for place in places:
        browser = Browser(program.query(redirect_uri=place))
        for answer in (browser.open(), browser.submit(action="deny")):
            assert answer.status == 400
            assert "location" not in answer.headers
            assert "evil.example" not in answer.text
            assert "<form" not in answer.text
    assert Browser(program.query(client_id="unknown")).open().status == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "lists:read users:write"}, "invalid_scope"),
        ({"scope": "user"}, "invalid_scope"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "too short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_a_request_that_is_wrong_is_told_to_the_program_when_the_user_goes_back(program, changes, error):
    """No redirect before a log-in: it would lead anybody to any place that somebody has registered (RFC 9700, 4.11.2)."""
    answer = Browser(program.query(**changes)).open()
    assert (answer.status, "location" in answer.headers) == (400, False)
    link = unescape(answer.text.partition('<a href="')[2].partition('"')[0])
    assert link.startswith(f"{REDIRECT_URI}&error={error}&error_description=")
    assert link.endswith(urlencode({"state": "a state of the program & more"}))


def test_a_parameter_that_is_given_twice_is_refused(program, user):
    answer = Browser(program.query() + "&redirect_uri=" + REDIRECT_URI).open()
    assert (answer.status, "given twice" in answer.text) == (400, True)
    code = give_access(program, user)["code"]
    body = urlencode([("code", code), ("code", code), ("client_id", program.client_id)])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert refusal(Api().post("/oauth2/token", body=body, headers=headers)) == (400, "invalid_request")


def test_a_program_without_secret_needs_pkce(maker, user):
    program = make_program(maker, public=True)
    answer = Browser(program.query()).open()
    assert (answer.status, "needs PKCE" in answer.text) == (400, True)


# Codes


def test_a_code_counts_once_and_its_second_use_ends_the_token(program, user):
    code = give_access(program, user)["code"]
    token = program.exchange(code).json["access_token"]
    assert Api(token).get("/lists").status == 200
    assert refusal(program.exchange(code)) == INVALID_GRANT
    bootstrap.reset()  # as another process, or this one after 20 seconds
    assert Api(token).get("/lists").status == 401
    assert refusal(program.exchange(code)) == INVALID_GRANT


def test_of_two_exchanges_at_once_none_keeps_a_token(program, user, monkeypatch):
    """The second one finds the code unused, and its transaction fails."""
    code = give_access(program, user)["code"]
    repository = bootstrap.authorizations()._codes
    unused = repository.find(code)
    first = program.exchange(code).json["access_token"]
    answers = iter([unused])
    find = repository.find
    monkeypatch.setattr(repository, "find", lambda secret: next(answers, None) or find(secret))
    assert refusal(program.exchange(code)) == INVALID_GRANT
    bootstrap.reset()
    assert Api(first).get("/lists").status == 401


def test_a_code_is_good_for_ten_minutes(program, platform):
    user = make_owner()
    code = give_access(program, user)["code"]
    platform.clock.move(timedelta(minutes=10))
    assert refusal(program.exchange(code)) == INVALID_GRANT
    code = give_access(program, user)["code"]
    platform.clock.move(timedelta(minutes=9, seconds=59))
    assert program.exchange(code).status == 200


def test_a_code_is_bound_to_its_program_and_uri(maker, program, user):
    other = make_program(maker, redirect_uris=[REDIRECT_URI, "https://shop.example/other"])
    code = give_access(other, user)["code"]
    assert refusal(program.exchange(code)) == INVALID_GRANT, "a program that has stolen it"
    assert refusal(other.exchange(code, redirect_uri="https://shop.example/other")) == INVALID_GRANT
    assert refusal(other.exchange(code, redirect_uri=None)) == INVALID_GRANT
    assert refusal(other.exchange("no code")) == INVALID_GRANT
    assert other.exchange(code).status == 200, "none of these has used it up"


def test_a_code_needs_the_verifier_of_its_challenge(maker, program, user):
    public = make_program(maker, public=True)
    verifier, challenge = pkce()
    other_verifier, _ = pkce()
    for asking in (program, public):
        code = give_access(asking, user, **challenge)["code"]
        for wrong in (None, other_verifier, challenge["code_challenge"], verifier[:-1], "short", "ü" * 50):
            assert refusal(asking.exchange(code, code_verifier=wrong)) == INVALID_GRANT
        assert asking.exchange(code, code_verifier=verifier).status == 200
    code = give_access(program, user)["code"]
    assert refusal(program.exchange(code, code_verifier=verifier)) == INVALID_GRANT, "the challenge was taken out"


def test_a_program_proves_its_secret(maker, program, user):
    public = make_program(maker, public=True)
    code = give_access(program, user)["code"]
    unknown = (401, "invalid_client")
    for secret in (None, "", "wrong", public.secret):
        assert refusal(program.exchange(code, client_secret=secret)) == unknown
    assert refusal(program.exchange(code, client_id=public.client_id)) == unknown
    assert refusal(program.exchange(code, client_id=None)) == unknown
    wrong = base64.b64encode(f"{program.client_id}:wrong".encode()).decode()
    headers = {"Authorization": f"Basic {wrong}"}
    answer = program.exchange(code, client_id=None, client_secret=None, headers=headers)
    assert refusal(answer) == unknown
    assert answer.headers["www-authenticate"].startswith("Basic")
    for unreadable in ("Basic !", "Basic " + base64.b64encode(b"nocolon").decode(), "Basic /w=="):
        answer = program.exchange(code, headers={"Authorization": unreadable})
        assert refusal(answer) == unknown
    assert program.exchange(code).status == 200


def test_there_is_no_refresh_that_could_widen_a_scope(program, user):
    code = give_access(program, user, scope="lists:read")["code"]
    assert refusal(program.exchange(code, grant_type="refresh_token")) == (400, "unsupported_grant_type")
    assert refusal(program.exchange(code, grant_type="password", username=user.email, password=PASSWORD)) == (
        400,
        "unsupported_grant_type",
    )
    answer = program.exchange(code, scope="lists:read lists:write contacts:write")
    assert (answer.json["scope"], "refresh_token" in answer.json) == ("lists:read self:read", False)
    api = Api(answer.json["access_token"])
    assert api.get("/lists").status == 200
    assert (api.post("/tags", json={"tag": "x"}).status, api.get("/tags").status) == (403, 403)


def test_a_body_that_is_no_form_is_refused(program, user):
    code = give_access(program, user)["code"]
    answer = Api().post("/oauth2/token", json={"grant_type": "authorization_code", "code": code})
    assert refusal(answer) == (400, "invalid_request")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in ("x" * 10_000, "&".join(f"a{number}=1" for number in range(60)), "code=%ff"):
        assert refusal(Api().post("/oauth2/token", body=body, headers=form)) == (400, "invalid_request")
    assert refusal(Api().post("/oauth2/token", body=b"code=%ff\xff", headers=form)) == (400, "invalid_request")


# Tokens


def test_a_token_has_no_power_over_access(program, user):
    """With all rights of a program it makes no credential, user or program, and sees none."""
    api = Api(make_token(program, user))
    calls = {
        ("GET", "/credentials"): None,
        ("POST", "/credentials"): {"dialect": "kasplo"},
        ("POST", "/oauth-clients"): {"name": "x", "redirect_uris": [REDIRECT_URI]},
        ("GET", "/users"): None,
        ("GET", "/accounts"): None,
        ("GET", "/audit"): None,
    }
    for (method, path), body in calls.items():
        assert api.call(method, path, json=body).status == 403, path


def test_a_token_does_not_reach_accounts_below(program, platform):
    parent = make_owner()
    child = make_owner(parent=parent)
    query = {"account_id": child.account_id}
    assert parent.api.get("/lists", query=query).status == 200
    api = Api(make_token(program, parent))
    assert api.get("/lists", query=query).status == api.get("/lists", query={"account_id": "999999"}).status != 200
    assert api.get("/lists", query={"account_id": parent.account_id}).status == 200


def ended(token, act, monkeypatch):
    """Whether the token ends by the act: at once for a new process, within CACHE_S for one that has used it."""
    elsewhere = bootstrap.credentials()
    assert elsewhere.caller_of("main", token)
    bootstrap.reset()
    act()
    if Api(token).get("/lists").status != 401:
        return False
    begun = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: begun + CACHE_S + 1)
        try:
            elsewhere.caller_of("main", token)
        except Exception:
            return True
    return False


def test_an_owner_ends_a_token_within_thirty_seconds(program, user, monkeypatch):
    token = make_token(program, user)
    listed = user.api.get("/credentials").json["data"]
    credential_id = [credential["id"] for credential in listed if credential["hint"] == token[-4:]][-1]
    assert ended(token, lambda: user.api.delete(f"/credentials/{credential_id}"), monkeypatch)


def test_tokens_end_with_their_program(maker, user, monkeypatch):
    program = make_program(maker)
    token = make_token(program, user)
    code = give_access(program, user)["code"]
    assert ended(token, lambda: maker.api.delete(f"/oauth-clients/{program.client_id}"), monkeypatch)
    assert refusal(program.exchange(code)) == (401, "invalid_client")
    assert Browser(program.query()).open().status == 400


def test_a_new_password_ends_tokens_and_codes(program, platform, monkeypatch):
    """A person who has lost the password may have given access to a program of the thief."""
    user = make_owner()
    token, code = make_token(program, user), give_access(program, user)["code"]
    platform.clock.move(timedelta(seconds=2))
    stored = bootstrap.users().get(user.account_id, user.user_id)
    values = bootstrap.users().password_values("another password")
    assert ended(token, lambda: bootstrap.users().change(stored, **values), monkeypatch)
    assert refusal(program.exchange(code)) == INVALID_GRANT


def test_a_suspended_user_or_account_ends_tokens(maker, platform, monkeypatch):
    program = make_program(maker)
    for suspend in (
        lambda owner: bootstrap.users().change(
            bootstrap.users().get(owner.account_id, owner.user_id), status="suspended"
        ),
        lambda owner: bootstrap.accounts().change(owner.account_id, {"status": "suspended"}),
    ):
        user = make_owner()
        token, code = make_token(program, user), give_access(program, user)["code"]
        bootstrap.reset()
        suspend(user)
        assert Api(token).get("/lists").status == 401
        assert refusal(program.exchange(code)) == INVALID_GRANT


def test_a_user_has_ten_tokens_of_a_program_at_most_and_the_oldest_goes(program, platform, monkeypatch):
    user = make_owner()
    monkeypatch.setattr("postrider.credentials.oauth_tokens.MAX_PER_USER_AND_CLIENT", 2)
    assert MAX_PER_USER_AND_CLIENT == 10
    tokens = []
    for _ in range(3):
        platform.clock.move(timedelta(seconds=1))
        tokens.append(make_token(program, user))
    assert [Api(token).get("/lists").status for token in tokens] == [401, 200, 200]


def test_an_account_has_so_many_tokens_at_most(program, platform, monkeypatch):
    user = make_owner()
    monkeypatch.setattr("postrider.credentials.oauth_tokens.MAX_PER_ACCOUNT", 1)
    make_token(program, user)
    answer = program.exchange(give_access(program, user)["code"])
    assert refusal(answer) == INVALID_GRANT
    assert user.api.post("/credentials", json={"dialect": "kasplo"}).status == 201, "they have a number of their own"


def test_no_secret_is_stored_or_logged(maker, user, capfd):
    verifier, challenge = pkce()
    with captured_lines() as lines:
        program = make_program(maker)
        browser = Browser(program.query(**challenge))
        browser.open()
        browser.log_in(user.email, "a wrong guess")
        browser.log_in(user.email)
        login = hidden_fields(browser.page)["login"]
        code = sent_back(browser.submit(action="allow"))["code"]
        program.exchange(code, code_verifier=verifier, client_secret="a wrong secret")
        token = program.exchange(code, code_verifier=verifier).json["access_token"]
        program.exchange(code, code_verifier=verifier)
        Api(token).get("/lists")
        Api().get("/oauth2/metadata", headers={"Authorization": f"OAuth {token}"})
    written = "\n".join(lines) + "".join(capfd.readouterr())
    assert len(lines) > 8
    secret_texts = [
        program.secret,
        code,
        verifier,
        token,
        login,
        PASSWORD,
        user.email,
        "a wrong guess",
        "a wrong secret",
    ]
    assert [text for text in secret_texts if text in written] == []
    everything = str([items_of_table(table.Meta.table_name) for table in ALL_TABLES])
    assert [text for text in (program.secret, code, token, verifier) if text in everything] == []

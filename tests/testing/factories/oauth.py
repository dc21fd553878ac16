"""Programs that ask for access, and the browser of a user who gives it."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.testing.factories.accounts import PASSWORD, Owner
from tests.testing.harness import Answer, Api

REDIRECT_URI = "https://shop.example/oauth/back?from=postrider"


@dataclass(frozen=True)
class Program:
    """An OAuth client, with the secret that only its registration shows."""

    client_id: str
    secret: str | None
    redirect_uri: str = REDIRECT_URI

    def query(self, **changes: Any) -> str:
        """Return the query of a request for access; None leaves a parameter out."""
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "a state of the program & more",
        }
        return urlencode({name: value for name, value in (parameters | changes).items() if value is not None})

    def exchange(self, code: str, *, headers: dict[str, str] | None = None, **changes: Any) -> Answer:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": self.secret,
            "redirect_uri": self.redirect_uri,
            "code": code,
        }
        sent = {name: value for name, value in (form | changes).items() if value is not None}
        return Api().post("/oauth2/token", form=sent, headers=headers)


@dataclass
class Browser:
    """A user's browser on the consent page of one request."""

    query: str
    language: str = "en"
    cookies: dict[str, str] = field(default_factory=dict)
    page: str = ""

    def open(self) -> Answer:
        return self._kept(Api().get("/oauth2/authorize", query=self.query, headers=self._headers()))

    def submit(self, **fields: str) -> Answer:
        """Submit the form of the page, with these fields filled in."""
        sent = hidden_fields(self.page) | fields
        return self._kept(Api().post("/oauth2/authorize", query=self.query, form=sent, headers=self._headers()))

    def log_in(self, email: str, password: str = PASSWORD) -> Answer:
        return self.submit(action="log_in", email=email, password=password)

    def _headers(self) -> dict[str, str]:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Accept-Language": self.language} | ({"Cookie": sent} if sent else {})

    def _kept(self, answer: Answer) -> Answer:
        for cookie in answer.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.text:
            self.page = answer.text
        return answer


def hidden_fields(html: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html)}


def make_program(owner: Owner, **body: Any) -> Program:
    """Register a program of the owner's account."""
    answer = owner.api.post("/oauth-clients", json={"name": "Shop Sync", "redirect_uris": [REDIRECT_URI]} | body)
    assert answer.status == 201, answer.text
    return Program(answer.json["id"], answer.json["client_secret"], answer.json["data"]["redirect_uris"][0])


def give_access(program: Program, user: Owner, **changes: Any) -> dict[str, str]:
    """Log the user in and press the button. Return the parameters that the program gets."""
    browser = Browser(program.query(**changes))
    assert browser.open().status == 200
    assert browser.log_in(user.email).status == 200
    return sent_back(browser.submit(action="allow"), program.redirect_uri)


def sent_back(answer: Answer, redirect_uri: str = REDIRECT_URI) -> dict[str, str]:
    """Return the parameters added to the redirect URI of an answer that leads there."""
    assert answer.status == 302, answer.text
    location = answer.headers["location"]
    assert location.startswith(redirect_uri)
    own = parse_qsl(urlsplit(redirect_uri).query)
    return dict(pair for pair in parse_qsl(urlsplit(location).query) if pair not in own)


def make_token(program: Program, user: Owner, **changes: Any) -> str:
    """Return a token that the user has given to the program."""
    answer = program.exchange(give_access(program, user, **changes)["code"])
    assert answer.status == 200, answer.text
    token: str = answer.json["access_token"]
    return token


def pkce() -> tuple[str, dict[str, str]]:
    """Return a new verifier, and the parameters that ask for its challenge."""
    verifier = secrets.token_urlsafe(48)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return verifier, {"code_challenge": digest, "code_challenge_method": "S256"}

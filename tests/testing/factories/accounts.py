"""Owners with accounts of their own."""

import uuid
from dataclasses import dataclass

import jwt

from postrider import bootstrap
from tests.testing.harness import Api

PASSWORD = "correct horse battery staple"
_renewed: dict[str, str] = {}


@dataclass(frozen=True)
class Owner:
    account_id: str
    user_id: str
    email: str
    token: str

    @property
    def api(self) -> Api:
        """Return a client with a valid token: tests of other modules may have moved the clock."""
        return Api(_good_token(self))


def make_owner(*, parent: Owner | None = None, email: str | None = None) -> Owner:
    """Make an account and log its owner in; with `parent`, the account is below the parent's."""
    email = email or f"owner-{uuid.uuid4().hex[:12]}@example.com"
    if parent is None:
        user = bootstrap.owners().ensure(email=email, password=PASSWORD)
    else:
        account = bootstrap.accounts().create(name="Sub", parent=bootstrap.accounts().get(parent.account_id))
        user = bootstrap.users().create(account.id, email=email, password=PASSWORD)
    return Owner(user.account_id, user.id, email, _log_in(email))


def _log_in(email: str) -> str:
    token: str = Api().post("/token", form={"username": email, "password": PASSWORD}).json["access_token"]
    return token


def _good_token(owner: Owner) -> str:
    token = _renewed.get(owner.user_id, owner.token)
    ends = jwt.decode(token, options={"verify_signature": False})["exp"]
    if ends <= bootstrap.clock()().timestamp():
        token = _renewed[owner.user_id] = _log_in(owner.email)
    return token

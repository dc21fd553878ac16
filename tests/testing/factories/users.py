"""Users and sub-accounts, made over HTTP, and the secrets in the links that are mailed to them."""

import re
import uuid
from typing import Any

from tests.testing.factories.accounts import PASSWORD, Owner
from tests.testing.harness import Answer, Api

PERSON = {"first_name": "Ada", "last_name": "Byron"}


def new_address() -> str:
    return f"user-{uuid.uuid4().hex[:12]}@example.com"


def admin_of(owner: Owner) -> Api:
    """Return a client of the owner with a token with the scope admin."""
    form = {"username": owner.email, "password": PASSWORD, "scopes": "user,admin"}
    return Api(Api().post("/token", form=form).json["access_token"])


def log_in(email: str, password: str) -> Answer:
    return Api().post("/token", form={"username": email, "password": password})


def invite(owner: Owner, email: str | None = None, **fields: Any) -> dict[str, Any]:
    """Invite a user, and return the data of the answer."""
    answer = owner.api.post("/users", json={**PERSON, "email": email or new_address(), **fields})
    assert answer.status == 201, answer.text
    data: dict[str, Any] = answer.json["data"]
    return data


def mailed_secret(platform: Any, email: str, page: str) -> str:
    """Return the secret in the latest mail to the address: of the link to /confirm-user, /reset-password, …"""
    link = re.search(rf"/{page}/([\w-]+)", platform.aws.ses.mailbox.latest(to=email)[0]["text"])
    assert link is not None
    return link[1]

"""Owners with accounts of their own."""

import uuid
from dataclasses import dataclass

from postrider import bootstrap
from tests.harness import Api

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Owner:
    account_id: str
    user_id: str
    email: str
    token: str

    @property
    def api(self) -> Api:
        return Api(self.token)


def make_owner(*, parent: Owner | None = None, email: str | None = None) -> Owner:
    """A user with a new account, logged in; with `parent` the account lies below the parent's."""
    email = email or f"owner-{uuid.uuid4().hex[:12]}@example.com"
    if parent is None:
        user = bootstrap.owners().ensure(email=email, password=PASSWORD)
    else:
        account = bootstrap.accounts().create(name="Sub", parent=bootstrap.accounts().get(parent.account_id))
        user = bootstrap.users().create(account.id, email=email, password=PASSWORD)
    token = Api().post("/token", form={"username": email, "password": PASSWORD}).json["access_token"]
    return Owner(user.account_id, user.id, email, token)

"""Signed texts in the forms of the consent page, which prove the origin of the form and the login of its user.

They are bound to the browser, by a random number in a cookie, and to the request of the program. The cookie identifies
nobody, and no operation of an API reads it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from postrider.accounts.service import AccountService
from postrider.kit.clock import Clock, unix
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.signing import SignedSerializer
from postrider.users.model import User
from postrider.users.service import UserService

LIFETIME: Final = timedelta(minutes=10)


class LoginProofs:
    def __init__(self, root: bytes, users: UserService, accounts: AccountService, now: Clock) -> None:
        self._users, self._accounts, self._now = users, accounts, now
        self._forms = SignedSerializer(root, "oauth_forms")
        self._logins = SignedSerializer(root, "oauth_logins")

    def form_proof(self, context: Sequence[str]) -> str:
        """Return the proof that a submitted form must contain. `context` has the number of the browser and the request."""
        return self._forms.seal(unix(self._now()), context=context)

    def is_our_form(self, proof: str, context: Sequence[str]) -> bool:
        """Return whether a form with this proof was made for this browser and request, and has not expired."""
        try:
            made_at: int = self._forms.unseal(proof, context=context)
        except Invalid:
            return False
        return self._is_recent(made_at)

    def login_proof(self, user: User, context: Sequence[str]) -> str:
        """Return a proof that the user has logged in."""
        return self._logins.seal([user.account_id, user.id, unix(self._now())], context=context)

    def user_of(self, proof: str, context: Sequence[str]) -> User | None:
        """Return the user of a proof, or None if the proof is no longer valid."""
        try:
            account_id, user_id, made_at = self._logins.unseal(proof, context=context)
        except Invalid:
            return None
        user = self.with_access(account_id, user_id)
        if user is None or not self._is_recent(made_at) or made_at < unix(user.tokens_valid_from):
            return None
        return user

    def with_access(self, account_id: str, user_id: str) -> User | None:
        """Return the user while the user and the account have access, or None."""
        try:
            user = self._users.get(account_id, user_id)
            has_access = user.status == "active" and self._accounts.has_access(self._accounts.get(account_id))
        except NotFound:
            return None
        return user if has_access else None

    def _is_recent(self, made_at: int) -> bool:
        return 0 <= unix(self._now()) - made_at < LIFETIME.total_seconds()

"""Store the sessions of logins; one refresh token of a session is valid at a time.

A refresh token has the secret id of its session and a secret of its own: "<session>.<secret>". Both are stored as hashes.
"""

import hashlib
import hmac
from datetime import datetime

from pynamodb.expressions.update import Action

from postrider.kit.ids import random_id, random_secret
from postrider.outbox.model import DomainEventType, NewEvent
from postrider.outbox.writes import NO_RECORDER, EventRecorder
from postrider.storage.accounts_table import item_or_none
from postrider.storage.dynamo import was_made
from postrider.tokens.model import Session
from postrider.tokens.table import SessionItem


class SessionRepository:
    def __init__(self, outbox: EventRecorder = NO_RECORDER) -> None:
        self._outbox = outbox

    def add(
        self,
        *,
        account_id: str,
        user_account_id: str,
        user_id: str,
        email: str,
        scopes: frozenset[str],
        lifetime_s: int,
        issued_at: datetime,
        expires_at: datetime,
    ) -> str:
        """Store a new session of the user with this login. Return its refresh token."""
        session_id, secret = random_id(), random_secret()
        session = SessionItem(
            _key(session_id),
            "session",
            secret_hash=_hash(secret),
            account_id=account_id,
            user_account_id=user_account_id,
            user_id=user_id,
            scopes=set(scopes),
            lifetime_s=lifetime_s,
            issued_at=issued_at,
            expires_at=expires_at,
        )
        data = {"email": email, "grant_type": "password", "scopes": sorted(scopes)}
        login = NewEvent(type=DomainEventType.USER_LOGGED_IN, data=data)
        self._outbox.pending(user_account_id, login).save(session)
        return f"{session_id}.{secret}"

    def find(self, refresh_token: str) -> Session | None:
        """Return the session of a refresh token, which may be used already."""
        session_id, secret = _parts(refresh_token)
        item = item_or_none(SessionItem, _key(session_id), "session")
        if item is None or item.expires_at is None:
            return None
        return Session(
            account_id=item.account_id,
            user_account_id=item.user_account_id,
            user_id=item.user_id,
            scopes=frozenset(item.scopes),
            lifetime_s=int(item.lifetime_s),
            issued_at=item.issued_at,
            expires_at=item.expires_at,
            is_current=hmac.compare_digest(item.secret_hash, _hash(secret)),
        )

    def renew(self, refresh_token: str, *, issued_at: datetime, expires_at: datetime) -> str | None:
        """Replace the refresh token and return its successor. Only one of concurrent calls gets it, the others get None."""
        session_id, secret = _parts(refresh_token)
        new_secret = random_secret()
        actions: list[Action] = [
            SessionItem.secret_hash.set(_hash(new_secret)),
            SessionItem.issued_at.set(issued_at),
            SessionItem.expires_at.set(expires_at),
        ]
        is_current = SessionItem.secret_hash == _hash(secret)
        item = SessionItem(_key(session_id), "session")
        return f"{session_id}.{new_secret}" if was_made(lambda: item.update(actions, condition=is_current)) else None

    def end(self, refresh_token: str) -> None:
        """Delete the session of a refresh token: all of its refresh tokens become invalid."""
        SessionItem(_key(_parts(refresh_token)[0]), "session").delete()


def _parts(refresh_token: str) -> tuple[str, str]:
    session_id, _, secret = refresh_token.partition(".")
    return session_id, secret


def _key(session_id: str) -> str:
    return f"session#{_hash(session_id)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

"""Store users and mailed links; the transaction of a change also claims the login and marks the link as used."""

import hashlib
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from pynamodb.transactions import TransactWrite

from postrider.kit.errors import NotFound
from postrider.outbox.model import DomainEventType, NewEvent, snapshot
from postrider.outbox.writes import NO_RECORDER, EventRecorder
from postrider.storage.accounts_table import account_key, item_or_none, items_of
from postrider.storage.dynamo import entity, on_condition_failure, was_made
from postrider.users.model import LinkPurpose, Login, User, UserLink
from postrider.users.rules import link_invalid, login_taken
from postrider.users.table import LoginItem, UserItem, UserLinkItem

_PREFIX = "user#"
_LINK = "user_link"


def _unknown() -> NotFound:
    return NotFound("Unknown user.", code="user_not_found", field="user_id")


def _user_key(user_id: str) -> str:
    return f"{_PREFIX}{user_id}"


def _login_key(email: str) -> str:
    return f"login#{email.strip().casefold()}"


def _link_key(secret: str) -> str:
    return f"user_link#{hashlib.sha256(secret.encode('utf-8', 'surrogatepass')).hexdigest()}"


_SHOWN = (
    "id",
    "email",
    "status",
    "created_at",
    "last_activity_at",
    "first_name",
    "last_name",
    "title",
    "language",
    "timezone",
    "office_phone",
    "mobile_phone",
)


def _event(event_type: DomainEventType, user: User) -> NewEvent:
    return NewEvent(type=event_type, data=snapshot(user, *_SHOWN))


class UserRepository:
    def __init__(self, outbox: EventRecorder = NO_RECORDER) -> None:
        self._outbox = outbox

    def get(self, account_id: str, user_id: str) -> User:
        """Return a user. Raises NotFound."""
        item = item_or_none(UserItem, account_key(account_id), _user_key(user_id))
        if item is None:
            raise _unknown()
        return entity(User, item)

    def all(self, account_id: str) -> list[User]:
        """Return the users of an account, the oldest first."""
        users = [entity(User, item) for item in items_of(UserItem, account_id, _PREFIX)]
        return sorted(users, key=lambda user: int(user.id))

    def login_of(self, email: str) -> Login | None:
        item = item_or_none(LoginItem, _login_key(email), "login")
        return None if item is None else entity(Login, item)

    def add(self, user: User) -> None:
        """Store a new user. Raises Conflict if another user has this email."""
        events = self._outbox.pending(user.account_id, _event(DomainEventType.USER_CREATED, user))
        with on_condition_failure(login_taken()), events.transaction() as writes:
            self.add_to(writes, user)

    def add_to(self, writes: TransactWrite, user: User) -> None:
        """Add the writes of a new user to a transaction, whose condition fails if another user has this email."""
        login = LoginItem(_login_key(user.email), "login", account_id=user.account_id, user_id=user.id)
        item = UserItem(account_key(user.account_id), _user_key(user.id), **asdict(user))
        writes.save(login, condition=LoginItem.pk.does_not_exist())
        writes.save(item, condition=UserItem.pk.does_not_exist())

    def change(self, user: User, *, link: UserLink | None = None, **values: Any) -> User:
        """Set attributes, and clear attributes that are None; return the user.

        With `link`, the same transaction marks the link as used. Without a link, raises NotFound if the user was deleted; with
        a link, Invalid if user or link no longer exist.
        """
        item = UserItem(account_key(user.account_id), _user_key(user.id))
        actions = [getattr(UserItem, name).set(value) for name, value in values.items() if value is not None]
        actions += [getattr(UserItem, name).remove() for name, value in values.items() if value is None]
        gone = _unknown() if link is None else link_invalid()
        after = replace(user, **values)
        changes = [_event(DomainEventType.USER_UPDATED, after)] if values.keys() & set(_SHOWN) else []
        events = self._outbox.pending(user.account_id, *changes)
        with on_condition_failure(gone), events.transaction() as writes:
            writes.update(item, actions=actions, condition=UserItem.pk.exists())
            if link is not None:
                _use_up(writes, link)
        return after

    def record_activity(self, user: User, at: datetime) -> None:
        """Set the moment of the last activity; do nothing if the user was deleted."""
        item = UserItem(account_key(user.account_id), _user_key(user.id))
        was_made(lambda: item.update([UserItem.last_activity_at.set(at)], condition=UserItem.pk.exists()))

    def delete(self, user: User) -> None:
        """Delete the user and release the login. Raises NotFound."""
        events = self._outbox.pending(user.account_id, _event(DomainEventType.USER_DELETED, user))
        with on_condition_failure(_unknown()), events.transaction() as writes:
            self.remove_from(writes, user)

    def remove_from(self, writes: TransactWrite, user: User) -> None:
        """Add the writes that delete the user and release the login to a transaction, whose condition needs the user."""
        item = UserItem(account_key(user.account_id), _user_key(user.id))
        writes.delete(item, condition=UserItem.pk.exists())
        writes.delete(LoginItem(_login_key(user.email), "login"))

    def add_link(self, link: UserLink) -> None:
        UserLinkItem(
            _link_key(link.secret),
            _LINK,
            purpose=link.purpose.value,
            account_id=link.account_id,
            user_id=link.user_id,
            created_at=link.created_at,
            expires_at=link.expires_at,
        ).save()

    def find_link(self, purpose: LinkPurpose, secret: str) -> UserLink | None:
        """Return the link of this purpose with this secret, which may have expired."""
        item = item_or_none(UserLinkItem, _link_key(secret), _LINK)
        if item is None or item.purpose != purpose or item.expires_at is None:
            return None
        return UserLink(
            secret=secret,
            purpose=purpose,
            account_id=item.account_id,
            user_id=item.user_id,
            created_at=item.created_at,
            expires_at=item.expires_at,
        )


def _use_up(writes: TransactWrite, link: UserLink) -> None:
    writes.delete(UserLinkItem(_link_key(link.secret), _LINK), condition=UserLinkItem.pk.exists())

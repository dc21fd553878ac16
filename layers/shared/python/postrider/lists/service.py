"""Rules of lists: settings, and whether mail may be sent to them (main-api.md, section 8)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from postrider.accounts.service import AccountService
from postrider.kit.caching import short_lived_cache
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Invalid, NotFound, named_at
from postrider.kit.quotas import add_within_quota
from postrider.lists.model import DELETING, ContactList, ListView
from postrider.lists.repository import ListRepository
from postrider.storage import sequences

if TYPE_CHECKING:  # most calls need no sender, and domains come with them
    from postrider.senders.service import SenderService

MAX_LISTS = 1000
"""Maximum number of lists of an account; a listing reads all of them with one query."""

DEFAULT_NAME = "Contacts"
"""Name of the default list that is created in an account without an active list."""

ACTIVE, ARCHIVED = "active", "archived"


class ListService:
    def __init__(self, lists: ListRepository, accounts: AccountService, senders: "SenderService", now: Clock) -> None:
        self._lists, self._accounts, self._senders, self._now = lists, accounts, senders, now
        self._known = short_lived_cache()
        self._defaults = short_lived_cache()

    def all(self, account_id: str) -> list[ContactList]:
        """Return the lists that are not being deleted, in order of id."""
        return [contact_list for contact_list in self._lists.all(account_id) if contact_list.status != DELETING]

    def ids(self, account_id: str) -> list[int]:
        """Return the ids of all lists, including lists that are being deleted."""
        return [contact_list.id for contact_list in self._lists.all(account_id)]

    def exists(self, account_id: str, list_id: int) -> bool:
        """Return whether the account has this list and it is not being deleted."""
        try:
            self.get(account_id, list_id)
        except NotFound:
            return False
        return True

    def get(self, account_id: str, list_id: int) -> ContactList:
        """Return the list. Raises NotFound, also for a list that is being deleted."""
        contact_list = self._lists.get(account_id, list_id)
        if contact_list.status == DELETING:
            raise NotFound("Unknown list.", code="list_not_found", field="list_id")
        return contact_list

    def check_known(self, account_id: str, list_id: int) -> None:
        """Raise NotFound for an unknown list. Only for calls that read: another process may have deleted it seconds ago."""
        key = (account_id, list_id)
        if key not in self._known:
            self.get(account_id, list_id)
            self._known[key] = True

    def view(self, contact_list: ContactList) -> ListView:
        return self.views(contact_list.account_id, [contact_list])[0]

    def views(self, account_id: str, lists: Sequence[ContactList]) -> list[ListView]:
        """Return the lists with their senders, which are read together."""
        sender_ids = {contact_list.default_sender_id for contact_list in lists}
        senders = self._senders.many(account_id, filter(None, sender_ids))
        return [
            ListView(contact_list=contact_list, sender=senders.get(contact_list.default_sender_id or ""))
            for contact_list in lists
        ]

    def default(self, account_id: str) -> ContactList:
        """Return the default list: the list set in the account, or the oldest active list, or a new list.

        It is then set in the account, and accepts unknown attributes. Raises Invalid past MAX_LISTS.
        """
        list_id = self._accounts.get_cached(account_id).default_list_id
        while (contact_list := self._active_or_none(account_id, list_id)) is None:
            list_id = self._set_default(account_id, list_id)
        if contact_list.open_attributes:
            return contact_list
        return self._lists.change(account_id, contact_list.id, open_attributes=True)

    def default_id(self, account_id: str) -> int:
        """Return the id of the default list, which may be MAX_AGE_S old; for calls that find contacts in it."""
        list_id = self._accounts.get_cached(account_id).default_list_id
        if list_id is None or (account_id, list_id) not in self._defaults:
            list_id = self.default(account_id).id
            self._defaults[account_id, list_id] = True
        return list_id

    def check_default(self, account_id: str, list_id: int) -> None:
        """Raise Invalid for an unknown or archived list, which cannot be the default list."""
        with named_at("default_list_id", as_=Invalid):
            contact_list = self.get(account_id, list_id)
        if contact_list.status != ACTIVE:
            raise Invalid("The list is archived: choose an active list.", code="list_archived", field="default_list_id")

    def _active_or_none(self, account_id: str, list_id: int | None) -> ContactList | None:
        try:
            contact_list = None if list_id is None else self.get(account_id, list_id)
        except NotFound:
            return None
        return contact_list if contact_list is not None and contact_list.status == ACTIVE else None

    def _set_default(self, account_id: str, before: int | None) -> int | None:
        """Set the default list unless another call has changed it; return the id of the default list."""
        oldest = next((contact_list for contact_list in self.all(account_id) if contact_list.status == ACTIVE), None)
        chosen = oldest or self._add(
            account_id, name=DEFAULT_NAME, default_sender_id=None, policy_accepted=True, open_attributes=True
        )
        if self._accounts.replace_default_list(account_id, before, chosen.id):
            return chosen.id
        current = self._accounts.get(account_id).default_list_id
        if oldest is None and current != chosen.id:  # another call may have chosen the list of this one
            self._lists.delete(account_id, chosen.id)
        return current

    def create(
        self, account_id: str, *, name: str, default_sender_id: str | None = None, **settings: Any
    ) -> ContactList:
        """Create a list, whose policy is not accepted yet unless `settings` say so.

        Raises Invalid past MAX_LISTS, or for an unconfirmed sender.
        """
        if default_sender_id is not None:
            self._check_sender(account_id, default_sender_id)
        return self._add(account_id, name=name, default_sender_id=default_sender_id, **settings)

    def _add(self, account_id: str, *, name: str, default_sender_id: str | None, **settings: Any) -> ContactList:
        now = self._now()
        contact_list = ContactList(
            id=sequences.allocate("list"),
            account_id=account_id,
            name=name,
            status=ACTIVE,
            default_sender_id=default_sender_id,
            created_at=now,
            updated_at=now,
            **settings,
        )
        add_within_quota(
            MAX_LISTS,
            add=lambda: self._lists.add(contact_list),
            undo=lambda: self._lists.delete(account_id, contact_list.id),
            count=lambda: len(self.all(account_id)),
            error=Invalid(f"An account has at most {MAX_LISTS} lists.", code="too_many_lists"),
        )
        return contact_list

    def change(self, account_id: str, list_id: int, changes: dict[str, Any]) -> ContactList:
        """Set the given values; redirections, webhook and settings key by key, None clears them. Raises NotFound or Invalid."""
        before = self.get(account_id, list_id)
        if "default_sender_id" in changes:
            self._check_sender(account_id, changes["default_sender_id"])
        for name in ("redirections", "webhook", "settings"):
            if name in changes:
                new = changes[name]
                changes = {**changes, name: {} if new is None else {**getattr(before, name), **new}}
        return self._change(account_id, list_id, **changes) if changes else before

    def accept_policy(self, account_id: str, list_id: int) -> ContactList:
        """Store that the account accepts the policy of this list. Raises NotFound."""
        self.get(account_id, list_id)
        return self._change(account_id, list_id, policy_accepted=True)

    def archive(self, account_id: str, list_id: int) -> ContactList:
        """Archive the list, so that campaigns and forms cannot use it. Raises NotFound, or Invalid if it is archived already."""
        return self._move(account_id, list_id, ACTIVE, ARCHIVED)

    def unarchive(self, account_id: str, list_id: int) -> ContactList:
        """Restore the list, so that campaigns and forms can use it. Raises NotFound, or Invalid if it is not archived."""
        return self._move(account_id, list_id, ARCHIVED, ACTIVE)

    def mark_as_deleting(self, account_id: str, list_id: int) -> None:
        """Hide the list from all callers; `usecases.list_lifecycle` deletes its data. Raises NotFound."""
        self._known.pop((account_id, list_id), None)
        if self._lists.get(account_id, list_id).status != DELETING:
            self._change(account_id, list_id, status=DELETING)

    def remove(self, account_id: str, list_id: int) -> None:
        """Delete the list itself, which must be empty."""
        self._lists.delete(account_id, list_id)

    def active(self, account_id: str, list_id: int, *, field: FieldPath = ()) -> ContactList:
        """Return the list. Raises NotFound with `field` if it does not exist or is archived."""
        with named_at(field):
            contact_list = self.get(account_id, list_id)
        if contact_list.status != ACTIVE:
            raise NotFound("The list is archived.", code="list_archived", field=field)
        return contact_list

    def usable(self, account_id: str, list_id: int, *, field: FieldPath = ()) -> ContactList:
        """Return the list. Raises Invalid with `field` if campaigns and forms may not use it."""
        with named_at(field, as_=Invalid):
            contact_list = self.get(account_id, list_id)
        if contact_list.status != ACTIVE:
            raise Invalid("The list is archived.", code="list_archived", field=field)
        if not contact_list.policy_accepted:
            raise Invalid("The list's policy has not been accepted.", code="list_policy_not_accepted", field=field)
        return contact_list

    def open_for_contacts(self, account_id: str, list_id: int) -> ContactList:
        """Return the list. Raises NotFound, or Invalid if it is archived, so that contacts cannot be added."""
        contact_list = self.get(account_id, list_id)
        if contact_list.status != ACTIVE:
            raise Invalid(
                "The list is archived: unarchive it to add contacts.",
                code="list_archived",
                field="list_id",
            )
        return contact_list

    def first_with_sender(self, account_id: str, sender_id: str) -> ContactList | None:
        """Return a list with this default sender, or None."""
        lists = (contact_list for contact_list in self.all(account_id) if contact_list.default_sender_id == sender_id)
        return next(lists, None)

    def _change(self, account_id: str, list_id: int, **values: Any) -> ContactList:
        changed = self._lists.change(account_id, list_id, updated_at=self._now(), **values)
        self._defaults.pop((account_id, list_id), None)
        return changed

    def _check_sender(self, account_id: str, sender_id: str) -> None:
        self._senders.confirmed(account_id, sender_id, field=("default_sender", "id"))

    def _move(self, account_id: str, list_id: int, before: str, after: str) -> ContactList:
        if self.get(account_id, list_id).status != before:
            raise Invalid(f"The list is not {before}.", code=f"list_not_{before}")
        return self._change(account_id, list_id, status=after)

"""Rules of lists: their settings, and whether mail may go to them (main-api.md, section 8)."""

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
"""Per account; a listing reads all of them with one query."""

DEFAULT_NAME = "Contacts"
"""Name of the list that is made for callers that name none, in an account without an active list."""

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
        """Return the ids of all lists, also of those that are being deleted."""
        return [contact_list.id for contact_list in self._lists.all(account_id)]

    def exists(self, account_id: str, list_id: int) -> bool:
        """Return whether the account has this list, and it is not being deleted."""
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
        """Raise NotFound for an unknown list. For calls that only read: another process may have just deleted it."""
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
        """Return the list of callers that name none: the one set in the account, else the oldest active list, else a new one.

        The list is then set in the account, and takes unknown attributes. Raises Invalid past MAX_LISTS.
        """
        list_id = self._accounts.get_cached(account_id).default_list_id
        while (contact_list := self._active_or_none(account_id, list_id)) is None:
            list_id = self._set_default(account_id, list_id)
        if contact_list.open_attributes:
            return contact_list
        return self._lists.change(account_id, contact_list.id, open_attributes=True)

    def default_id(self, account_id: str) -> int:
        """Return the id of the default list, which was active at most MAX_AGE_S ago. For calls that find contacts in it."""
        list_id = self._accounts.get_cached(account_id).default_list_id
        if list_id is None or (account_id, list_id) not in self._defaults:
            list_id = self.default(account_id).id
            self._defaults[account_id, list_id] = True
        return list_id

    def check_default(self, account_id: str, list_id: int) -> None:
        """Raise Invalid for a list that cannot be the default list, because it is unknown or archived."""
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
        if oldest is None:
            self._lists.delete(account_id, chosen.id)
        return self._accounts.get(account_id).default_list_id

    def create(self, account_id: str, *, name: str, default_sender_id: str, **settings: Any) -> ContactList:
        """Add a list whose policy is not accepted yet. Raises Invalid past MAX_LISTS, or for an unconfirmed sender."""
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
        """Set the given settings; redirections and webhook key by key, None clears them. Raises NotFound or Invalid."""
        before = self.get(account_id, list_id)
        if "default_sender_id" in changes:
            self._check_sender(account_id, changes["default_sender_id"])
        for name in ("redirections", "webhook"):
            if name in changes:
                new = changes[name]
                changes = {**changes, name: {} if new is None else {**getattr(before, name), **new}}
        return self._change(account_id, list_id, **changes) if changes else before

    def accept_policy(self, account_id: str, list_id: int) -> ContactList:
        """Note that the account accepts the policy of this list. Raises NotFound."""
        self.get(account_id, list_id)
        return self._change(account_id, list_id, policy_accepted=True)

    def archive(self, account_id: str, list_id: int) -> ContactList:
        """Keep campaigns and forms from using the list. Raises NotFound, or Invalid when it is archived already."""
        return self._move(account_id, list_id, ACTIVE, ARCHIVED)

    def unarchive(self, account_id: str, list_id: int) -> ContactList:
        """Let campaigns and forms use the list again. Raises NotFound, or Invalid when it is not archived."""
        return self._move(account_id, list_id, ARCHIVED, ACTIVE)

    def mark_as_deleting(self, account_id: str, list_id: int) -> None:
        """Hide the list from every caller; `usecases.list_lifecycle` deletes what it holds. Raises NotFound."""
        self._known.pop((account_id, list_id), None)
        if self._lists.get(account_id, list_id).status != DELETING:
            self._change(account_id, list_id, status=DELETING)

    def remove(self, account_id: str, list_id: int) -> None:
        """Delete the list itself, when nothing is left in it."""
        self._lists.delete(account_id, list_id)

    def active(self, account_id: str, list_id: int, *, field: FieldPath = ()) -> ContactList:
        """Return the list. Raises NotFound, naming `field`, when it does not exist or is archived."""
        with named_at(field):
            contact_list = self.get(account_id, list_id)
        if contact_list.status != ACTIVE:
            raise NotFound("The list is archived.", code="list_archived", field=field)
        return contact_list

    def usable(self, account_id: str, list_id: int, *, field: FieldPath = ()) -> ContactList:
        """Return the list. Raises Invalid, naming `field`, when campaigns and forms may not use it."""
        with named_at(field, as_=Invalid):
            contact_list = self.get(account_id, list_id)
        if contact_list.status != ACTIVE:
            raise Invalid("The list is archived.", code="list_archived", field=field)
        if not contact_list.policy_accepted:
            raise Invalid("The list's policy has not been accepted.", code="list_policy_not_accepted", field=field)
        return contact_list

    def open_for_contacts(self, account_id: str, list_id: int) -> ContactList:
        """Return the list. Raises NotFound, or Invalid when it is archived, so that nobody can be added."""
        contact_list = self.get(account_id, list_id)
        if contact_list.status != ACTIVE:
            raise Invalid(
                "The list is archived: take it out of the archive to add contacts.",
                code="list_archived",
                field="list_id",
            )
        return contact_list

    def first_with_sender(self, account_id: str, sender_id: str) -> ContactList | None:
        """Return a list whose default sender this is, if there is one."""
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

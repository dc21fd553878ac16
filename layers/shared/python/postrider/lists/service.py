"""Rules of lists: who may send to one, and how it ends (reference, section 8)."""

from typing import Any, Protocol

from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Invalid, NotFound, named_at
from postrider.lists.model import ContactList
from postrider.lists.repository import ListRepository
from postrider.senders.service import SenderService
from postrider.storage import sequences

MAX_LISTS = 1000
"""Per account; a listing reads all of them with one query."""

ACTIVE, ARCHIVED, DELETING = "active", "archived", "deleting"


class ListCleanup(Protocol):
    """What empties a list that is going away."""

    def empty_list(self, account_id: str, list_id: int) -> None:
        """Start to delete all that the list holds; returns at once."""
        ...


class ListService:
    def __init__(self, lists: ListRepository, senders: SenderService, cleanup: ListCleanup, now: Clock) -> None:
        self._lists, self._senders, self._cleanup, self._now = lists, senders, cleanup, now

    def all(self, account_id: str) -> list[ContactList]:
        """Those that are not going away, in order of id."""
        return [one for one in self._lists.all(account_id) if one.status != DELETING]

    def get(self, account_id: str, list_id: int) -> ContactList:
        """Raises NotFound, also for a list that is being deleted."""
        found = self._lists.get(account_id, list_id)
        if found.status == DELETING:
            raise NotFound("There is no such list.", code="list_not_found", field="list_id")
        return found

    def create(self, account_id: str, *, name: str, default_sender_id: str, **settings: Any) -> ContactList:
        """A new list, without contacts and with its policy not yet accepted. Raises Invalid for a sender that may not send."""
        if len(self.all(account_id)) >= MAX_LISTS:
            raise Invalid(f"An account has at most {MAX_LISTS} lists.", code="too_many_lists")
        self._check_sender(account_id, default_sender_id)
        contact_list = ContactList(
            id=sequences.allocate("list"),
            account_id=account_id,
            name=name,
            status=ACTIVE,
            default_sender_id=default_sender_id,
            created_at=self._now(),
            **settings,
        )
        self._lists.add(contact_list)
        return contact_list

    def change(self, account_id: str, list_id: int, changes: dict[str, Any]) -> ContactList:
        """Set what is given; redirections and webhook are merged key by key, null clears. Raises NotFound or Invalid."""
        before = self.get(account_id, list_id)
        if "default_sender_id" in changes:
            self._check_sender(account_id, changes["default_sender_id"])
        for name in ("redirections", "webhook"):
            if name in changes:
                given = changes[name]
                changes = {**changes, name: {} if given is None else {**getattr(before, name), **given}}
        return self._lists.change(account_id, list_id, **changes) if changes else before

    def accept_policy(self, account_id: str, list_id: int) -> ContactList:
        """Raises NotFound."""
        self.get(account_id, list_id)
        return self._lists.change(account_id, list_id, policy_accepted=True)

    def archive(self, account_id: str, list_id: int) -> ContactList:
        """Hidden from sending, kept as it is. Raises NotFound, or Invalid when it is archived already."""
        return self._move(account_id, list_id, ACTIVE, ARCHIVED)

    def unarchive(self, account_id: str, list_id: int) -> ContactList:
        """Raises NotFound, or Invalid when it is not archived."""
        return self._move(account_id, list_id, ARCHIVED, ACTIVE)

    def delete(self, account_id: str, list_id: int) -> None:
        """The list is gone for every caller at once; what it holds is deleted by the queue. Raises NotFound.

        Doing it again, while the queue is not done, starts the queue's work again.
        """
        if self._lists.get(account_id, list_id).status != DELETING:
            self._lists.change(account_id, list_id, status=DELETING)
        self._cleanup.empty_list(account_id, list_id)

    def forget(self, account_id: str, list_id: int) -> None:
        """The last step of a deletion: the list itself."""
        self._lists.delete(account_id, list_id)

    def usable(self, account_id: str, list_id: int, *, field: FieldPath = ()) -> ContactList:
        """The list, if campaigns and forms may use it. Raises Invalid, naming `field`, when not."""
        with named_at(field, as_=Invalid):
            found = self.get(account_id, list_id)
        if found.status != ACTIVE:
            raise Invalid("The list is archived.", code="list_archived", field=field)
        if not found.policy_accepted:
            raise Invalid("The list's policy has not been accepted.", code="list_policy_not_accepted", field=field)
        return found

    def uses_of_sender(self, account_id: str, sender_id: str) -> str | None:
        used = next((one for one in self.all(account_id) if one.default_sender_id == sender_id), None)
        return None if used is None else f"list {used.id}"

    def _check_sender(self, account_id: str, sender_id: str) -> None:
        self._senders.confirmed(account_id, sender_id, field=("default_sender", "id"))

    def _move(self, account_id: str, list_id: int, before: str, after: str) -> ContactList:
        if self.get(account_id, list_id).status != before:
            raise Invalid(f"The list is not {before}.", code=f"list_not_{before}")
        return self._lists.change(account_id, list_id, status=after)

"""Store the parts of imports: the ids that a part has allocated, and its outcome after its contacts were counted."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pynamodb.transactions import TransactWrite

from postrider.contacts.deleted_contacts import DeletedContact, DeletedContacts
from postrider.contacts.mapping import list_key
from postrider.contacts.model import OUTCOME_KEPT_FOR
from postrider.contacts.table import PartOutcomeItem
from postrider.storage.accounts_table import padded


class ImportParts:
    """The name of a part, `part_key`, is `<import>/<part>`, or the id of an import that has one part."""

    def __init__(self, deleted: DeletedContacts) -> None:
        self._deleted = deleted

    def add_ids(
        self, account_id: str, list_id: int, part_key: str, *, first_id: int, count: int, now: datetime
    ) -> None:
        """Record that a part has allocated ids, before it claims identifiers for them."""
        sort_key = f"{_ids_prefix(part_key)}{padded(first_id)}"
        ids = {"count": count}
        PartOutcomeItem(list_key(account_id, list_id), sort_key, outcome=ids, expires_at=now + OUTCOME_KEPT_FOR).save()

    def deleted_contacts(self, account_id: str, list_id: int, part_key: str) -> Iterator[DeletedContact]:
        """Yield the contacts that an earlier try of this part inserted, and another call has deleted."""
        items = PartOutcomeItem.query(
            list_key(account_id, list_id), PartOutcomeItem.sk.startswith(_ids_prefix(part_key)), consistent_read=True
        )
        for item in items:
            first_id = int(item.sk.rpartition("#")[2])
            last_id = first_id + int(item.outcome["count"]) - 1
            for contact in self._deleted.in_range(account_id, list_id, first_id, last_id):
                if contact.origin == part_key:
                    yield contact

    def outcome(self, account_id: str, list_id: int, part_key: str) -> dict[str, Any] | None:
        """Return the outcome of a part, or None if its contacts were not counted yet."""
        key = list_key(account_id, list_id)
        items = PartOutcomeItem.query(key, PartOutcomeItem.sk == f"once#{part_key}", consistent_read=True)
        return next((item.outcome for item in items), None)

    def add_outcome(
        self,
        writes: TransactWrite,
        account_id: str,
        list_id: int,
        part_key: str,
        *,
        outcome: dict[str, Any],
        now: datetime,
    ) -> None:
        """Store the outcome of a part in this transaction, on condition that it has none."""
        item = PartOutcomeItem(
            list_key(account_id, list_id), f"once#{part_key}", outcome=outcome, expires_at=now + OUTCOME_KEPT_FOR
        )
        writes.save(item, condition=PartOutcomeItem.pk.does_not_exist())


def _ids_prefix(part_key: str) -> str:
    return f"ids#{part_key}#"

"""Count the contacts of lists by status, interest and group. Counters change in the transactions of the contacts."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.contacts.group_index import GroupIndex
from postrider.contacts.mapping import list_key
from postrider.contacts.model import Contact, Status
from postrider.contacts.table import ContactCountersItem, UsageItem
from postrider.storage.dynamo import batch_get, client

COUNTER_SHARDS = 8
"""Shards of the counters of a list: single changes are transactions, which would conflict on one shard."""
USED, USAGE_BUCKETS = "used:", 8
"""Prefix of the attributes that count interests, and items that hold them: the most that a transaction updates."""


@dataclass(frozen=True)
class ListCounts:
    """The contacts of a list by status, and the number of active ones that are marked as suppressed."""

    by_status: Mapping[Status, int]
    suppressed: int


class ContactCounters:
    def __init__(self, groups: GroupIndex) -> None:
        self._groups = groups

    def counts(self, account_id: str, list_id: int) -> dict[Status, int]:
        """Return the number of contacts by status; DELETED counts all contacts that were ever deleted."""
        return _sums(self._counters(list_key(account_id, list_id)))

    def counts_of_lists(self, account_id: str, list_ids: Iterable[int]) -> dict[Status, int]:
        """Return the number of contacts in these lists together by status, as `counts` does; twelve lists per call."""
        shards = [f"counters#{shard}" for shard in range(COUNTER_SHARDS)]
        keys = ((list_key(account_id, list_id), shard) for list_id in list_ids for shard in shards)
        return _sums(batch_get(ContactCountersItem, keys, consistent=False))

    def counts_of_each(self, account_id: str, list_ids: Collection[int]) -> dict[int, ListCounts]:
        """Return the number of contacts of each of these lists; twelve lists per call."""
        shards = [f"counters#{shard}" for shard in range(COUNTER_SHARDS)]
        by_key: dict[str, list[ContactCountersItem]] = {list_key(account_id, list_id): [] for list_id in list_ids}
        for item in batch_get(ContactCountersItem, ((key, shard) for key in by_key for shard in shards)):
            by_key[item.pk].append(item)
        counts = [ListCounts(_sums(items), _suppressed(items)) for items in by_key.values()]
        return dict(zip(list_ids, counts, strict=True))

    def mailable(self, account_id: str, list_id: int) -> int:
        """Return the number of active contacts that are not marked as suppressed."""
        counters = self._counters(list_key(account_id, list_id))
        return sum(int(item.active or 0) - int(item.suppressed or 0) for item in counters)

    def removals(self, account_id: str, list_id: int) -> int:
        """Return the number of contacts that were ever deleted, with and without an address.

        If it is unchanged, no claim without a contact was released: such a contact is written by another call, and deleted.
        """
        return sum(int(item.removed or 0) for item in self._counters(list_key(account_id, list_id)))

    def _counters(self, key: str) -> Iterable[ContactCountersItem]:
        return ContactCountersItem.query(key, ContactCountersItem.sk.startswith("counters#"), consistent_read=True)

    def usage(self, account_id: str, list_id: int) -> dict[int, int]:
        """Return the number of contacts by interest."""
        answer = client().query(
            TableName=UsageItem.Meta.table_name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :usage)",
            ExpressionAttributeValues={":pk": {"S": list_key(account_id, list_id)}, ":usage": {"S": "usage#"}},
            ConsistentRead=True,
        )
        return {
            int(name.removeprefix(USED)): int(value["N"])
            for item in answer["Items"]
            for name, value in item.items()
            if name.startswith(USED)
        }

    def add(
        self,
        writes: TransactWrite,
        account_id: str,
        list_id: int,
        changes: Sequence[tuple[Contact | None, Contact | None]],
    ) -> None:
        """Count changes of contacts, in the transaction that writes them; None before is a new one, None after a deletion."""
        key = list_key(account_id, list_id)
        if moved := _moved(changes):
            shard = ContactCountersItem(key, f"counters#{random.randrange(COUNTER_SHARDS)}")
            writes.update(shard, actions=[*moved, ContactCountersItem.kind.set(ContactCountersItem)])
        usage: Counter[int] = Counter()
        for before, after in changes:
            usage.update(after.interests if after else ())
            usage.subtract(before.interests if before else ())
        buckets: dict[int, list[Action]] = {}
        for interest_id, change in usage.items():
            if change:
                used = NumberAttribute(attr_name=f"{USED}{interest_id}")
                buckets.setdefault(interest_id % USAGE_BUCKETS, []).append(used.add(change))
        for bucket, actions in buckets.items():
            writes.update(UsageItem(key, f"usage#{bucket}"), actions=[*actions, UsageItem.kind.set(UsageItem)])
        self._groups.count(writes, account_id, list_id, members_changed(changes))


def _moved(changes: Sequence[tuple[Contact | None, Contact | None]]) -> list[Action]:
    """Return the changes of the counters by status, of suppressed and of removed contacts."""
    statuses: Counter[Status] = Counter()
    suppressed = removed = 0
    for before, after in changes:
        suppressed += _is_active_and_suppressed(after) - _is_active_and_suppressed(before)
        removed += after is None
        if after:
            statuses.update({after.status: 1})
        elif before and before.has_address:
            statuses.update({Status.DELETED: 1})
        if before:
            statuses.update({before.status: -1})
    moved: list[Action] = [
        getattr(ContactCountersItem, status.value).add(change) for status, change in statuses.items() if change
    ]
    if suppressed:
        moved.append(ContactCountersItem.suppressed.add(suppressed))
    if removed:
        moved.append(ContactCountersItem.removed.add(removed))
    return moved


def changes_counters(before: Contact, after: Contact) -> bool:
    """Return whether a change of a contact changes any counter."""
    return (before.status, before.interests, before.groups) != (
        after.status,
        after.interests,
        after.groups,
    ) or _is_active_and_suppressed(before) != _is_active_and_suppressed(after)


def _is_active_and_suppressed(contact: Contact | None) -> bool:
    return contact is not None and contact.status == Status.ACTIVE and contact.suppressed


def members_changed(changes: Iterable[tuple[Contact | None, Contact | None]]) -> dict[int, int]:
    """Return the change of the number of members by group, without groups that it does not change."""
    members: Counter[int] = Counter()
    for before, after in changes:
        members.update(after.groups if after else ())
        members.subtract(before.groups if before else ())
    return {group_id: change for group_id, change in members.items() if change}


def _suppressed(counters: Iterable[ContactCountersItem]) -> int:
    return sum(int(item.suppressed or 0) for item in counters)


def _sums(counters: Iterable[ContactCountersItem]) -> dict[Status, int]:
    total: Counter[Status] = Counter()
    for item in counters:
        for status in Status:
            total[status] += int(getattr(item, status.value) or 0)
    return {status: total[status] for status in Status}

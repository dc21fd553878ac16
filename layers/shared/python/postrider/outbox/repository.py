"""Store events until they are relayed, and their subscribers."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.kit.clock import from_unix
from postrider.outbox.mapping import from_json, to_json
from postrider.outbox.model import DomainEvent, EventSubscriber
from postrider.outbox.table import EventSubscriberItem, OutboxItem
from postrider.storage.accounts_table import account_key, items_of
from postrider.storage.dynamo import batch_get, was_made

SHARDS = 8
"""Number of partitions of the outbox of all accounts, each for up to 1,000 writes a second."""
KEPT_FOR = timedelta(days=14)
"""Retention of an item that cannot be relayed: as long as queues keep messages."""
_SUBSCRIBER = "event_subscriber#"


class OutboxRepository:
    def item_of(self, account_id: str, events: Sequence[DomainEvent]) -> OutboxItem:
        """Return the item that stores the events of one transaction."""
        first = events[0]
        return OutboxItem(
            _partition(zlib.crc32(f"{account_id}#{first.id}".encode()) % SHARDS),
            f"{_moment(first.at_ms)}#{account_id}#{first.id}",
            account_id=account_id,
            events=[to_json(event) for event in events],
            expires_at=from_unix(first.at_ms // 1000) + KEPT_FOR,
        )

    def find(self, shard: int, key: str) -> tuple[str, list[DomainEvent]] | None:
        """Return the account and the events of an item; None if they were relayed already."""
        for item in batch_get(OutboxItem, [(_partition(shard), key)]):
            return item.account_id, [from_json(item.account_id, values) for values in item.events]
        return None

    def delete(self, shard: int, key: str) -> None:
        OutboxItem(_partition(shard), key).delete()

    def overdue(self, *, before: datetime, swept_before: datetime, most: int) -> Iterator[tuple[str, int, str]]:
        """Yield account, shard and key of items that are older than `before`, at most `most` of each shard."""
        end = _moment(int(before.timestamp() * 1000))
        is_due = OutboxItem.swept_at.does_not_exist() | (OutboxItem.swept_at < swept_before)
        for shard in range(SHARDS):
            items = OutboxItem.query(_partition(shard), OutboxItem.sk < end, filter_condition=is_due, limit=most)
            for item in items:
                yield item.account_id, shard, item.sk

    def mark_swept(self, shard: int, key: str, now: datetime) -> bool:
        """Store that the item was enqueued again; return False if it was relayed meanwhile."""
        item = OutboxItem(_partition(shard), key)
        actions: list[Action] = [OutboxItem.swept_at.set(now)]
        return was_made(lambda: item.update(actions=actions, condition=OutboxItem.pk.exists()))


class EventSubscriberRepository:
    def all(self, account_id: str) -> list[EventSubscriber]:
        """Return the subscribers of an account, with one query."""
        return [_subscriber(item) for item in items_of(EventSubscriberItem, account_id, _SUBSCRIBER)]

    def add_to(self, writes: TransactWrite, account_id: str, subscriber: EventSubscriber) -> None:
        """Add the write of a new or changed subscriber to a transaction."""
        writes.save(
            EventSubscriberItem(
                account_key(account_id),
                _key(subscriber.kind, subscriber.id),
                consumer=subscriber.kind,
                subscriber_id=subscriber.id,
                types=set(subscriber.types),
                list_id=subscriber.list_id,
            )
        )

    def remove_in(self, writes: TransactWrite, account_id: str, kind: str, subscriber_id: str) -> None:
        """Add the removal of a subscriber, which may not exist, to a transaction."""
        writes.delete(EventSubscriberItem(account_key(account_id), _key(kind, subscriber_id)))


def _subscriber(item: EventSubscriberItem) -> EventSubscriber:
    return EventSubscriber(
        kind=item.consumer,
        id=item.subscriber_id,
        types=frozenset(item.types),
        list_id=None if item.list_id is None else int(item.list_id),
    )


def _key(kind: str, subscriber_id: str) -> str:
    return f"{_SUBSCRIBER}{kind}#{subscriber_id}"


def _partition(shard: int) -> str:
    return f"outbox#{shard}"


def shard_of(partition: str) -> int:
    return int(partition.removeprefix("outbox#"))


def _moment(at_ms: int) -> str:
    return f"{at_ms:015d}"

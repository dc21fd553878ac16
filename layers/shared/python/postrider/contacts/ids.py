"""Allocate the ids of contacts, in blocks that belong to one list each."""

from datetime import datetime
from functools import partial

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.contacts.errors import StaleContact
from postrider.contacts.mapping import list_key
from postrider.contacts.model import BLOCK_SIZE
from postrider.contacts.table import AllocatorItem, BlockItem
from postrider.kit.errors import NotFound
from postrider.storage import sequences
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import transact, was_made

ALLOCATOR = "allocator"
_TRIES = 10


class ContactIds:
    def allocate(self, account_id: str, list_id: int, count: int, now: datetime) -> tuple[int, datetime]:
        """Allocate `count` consecutive ids of one block; return the first, and their moment of subscription.

        Moments increase with the ids of a list, so both have the same order. A crash leaves a gap in the ids.
        """
        if not 0 < count <= BLOCK_SIZE:
            raise ValueError(f"cannot allocate {count} ids: 1 to {BLOCK_SIZE} are possible")
        moment = now
        for _ in range(_TRIES):
            allocator = AllocatorItem(list_key(account_id, list_id), ALLOCATOR)
            taken: list[Action] = [AllocatorItem.free.add(-count), AllocatorItem.last_at.set(moment)]
            room = (AllocatorItem.free >= count) & (AllocatorItem.last_at <= moment)
            if was_made(partial(allocator.update, actions=taken, condition=room)):
                return int(allocator.end_id) - int(allocator.free) - count, moment
            current = self._allocator(account_id, list_id)
            if current is not None:
                moment = max(moment, current.last_at)
            if current is None or current.free < count:
                first = self._new_block(account_id, list_id, current, count, moment)
                if first is not None:
                    return first, moment
        raise StaleContact(f"could not allocate ids for list {list_id}")

    def close(self, account_id: str, list_id: int, *, now: datetime, expires_at: datetime) -> None:
        """Stop the allocation of ids for this list: later calls of `allocate` raise NotFound."""
        closed = AllocatorItem(
            list_key(account_id, list_id), ALLOCATOR, free=0, end_id=0, last_at=now, closed=True, expires_at=expires_at
        )
        transact(lambda writes: writes.save(closed))

    def _allocator(self, account_id: str, list_id: int) -> AllocatorItem | None:
        try:
            allocator = AllocatorItem.get(list_key(account_id, list_id), ALLOCATOR, consistent_read=True)
        except AllocatorItem.DoesNotExist:
            return None
        if allocator.closed:
            raise NotFound("Unknown list.", code="list_not_found", field="list_id")
        return allocator

    def _new_block(
        self, account_id: str, list_id: int, current: AllocatorItem | None, count: int, moment: datetime
    ) -> int | None:
        """Move the list to a new block and return its first id; return None if another call moved it meanwhile."""
        block = sequences.allocate("contact_block")
        key, first = list_key(account_id, list_id), block * BLOCK_SIZE
        moved = AllocatorItem(key, ALLOCATOR, free=BLOCK_SIZE - count, end_id=first + BLOCK_SIZE, last_at=moment)
        unmoved = AllocatorItem.pk.does_not_exist() if current is None else AllocatorItem.end_id == current.end_id

        def write(writes: TransactWrite) -> None:
            writes.save(BlockItem(key, f"block#{padded(block)}", block=block))
            writes.save(moved, condition=unmoved)

        return first if was_made(lambda: transact(write)) else None

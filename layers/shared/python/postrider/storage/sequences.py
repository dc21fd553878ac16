"""Allocate integer ids that are unique on the platform, by atomic counters."""

import threading

from pynamodb.attributes import NumberAttribute

from postrider.storage.accounts_table import AccountsTableItem

_OWNER = "sequences"


class SequenceItem(AccountsTableItem, discriminator="sequence"):
    next_number = NumberAttribute(default=0)


def allocate(noun: str, count: int = 1) -> int:
    """Allocate `count` consecutive numbers and return the first, from 1. A crash leaves a gap, never a repetition."""
    item = SequenceItem(_OWNER, noun)
    item.update(actions=[SequenceItem.next_number.add(count), SequenceItem.kind.set(SequenceItem)])
    return int(item.next_number) - count + 1


class NumberPool:
    """A pool that allocates numbers from blocks, so that most of them cost no call. The end of a process leaves a gap."""

    def __init__(self, noun: str, block_size: int) -> None:
        self._noun, self._block_size = noun, block_size
        self._next = self._end = 0
        self._lock = threading.Lock()

    def take(self, count: int = 1) -> int:
        """Allocate `count` consecutive numbers and return the first."""
        with self._lock:
            if self._end - self._next < count:
                size = max(count, self._block_size)
                self._next = allocate(self._noun, size)
                self._end = self._next + size
            first = self._next
            self._next += count
            return first

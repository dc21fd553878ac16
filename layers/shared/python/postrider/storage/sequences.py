"""Allocate integer ids that are unique on the platform, by atomic counters."""

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

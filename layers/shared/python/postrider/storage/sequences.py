"""Integer ids, unique per platform: atomic counters that hand out one or a run of numbers."""

from pynamodb.attributes import NumberAttribute

from postrider.storage.accounts_table import AccountsTableItem

_OWNER = "sequences"


class SequenceItem(AccountsTableItem, discriminator="sequence"):
    next_number = NumberAttribute(default=0)


def allocate(noun: str, count: int = 1) -> int:
    """The first of `count` consecutive unused numbers, from 1. A crash after this leaves a gap, never a repeat."""
    item = SequenceItem(_OWNER, noun)
    item.update(actions=[SequenceItem.next_number.add(count), SequenceItem.kind.set(SequenceItem)])
    return int(item.next_number) - count + 1

"""Names that contacts carry (tags, interests, custom attributes), and the orders by which contacts follow them.

A name that is deleted or renamed is gone for every reader at once. Its item stays until no contact has it any more, so
that nobody is given meanwhile what the order is about to take away.
"""

from dataclasses import dataclass
from typing import TypeVar

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.kit.errors import Conflict, FieldPath
from postrider.storage.accounts_table import AccountsTableItem, account_key, item_or_none
from postrider.storage.dynamo import transact, was_made

LOST_AFTER_MS = 60 * 60 * 1000
"""An order that has not ended by then was lost or stopped by hand: the next call about the name gives it again."""


class NameItem(AccountsTableItem):
    """`name` as contacts carry it; `ordered_at` (Unix milliseconds) while they follow an order.

    `leaving`: for readers there is no such name any more.
    """

    name = UnicodeAttribute()
    ordered_at = NumberAttribute(null=True)
    leaving = BooleanAttribute(null=True)
    renamed_to = UnicodeAttribute(null=True)


ItemT = TypeVar("ItemT", bound=NameItem)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What happens to all who carry `name`; `since` (Unix milliseconds) tells it from later orders about that name.

    `copies`: the first half of a renaming, which puts the new name beside the old one.
    """

    kind: str
    name: str
    since: int
    list_id: int | None = None
    new_name: str | None = None
    copies: bool = False

    @property
    def puts_on(self) -> tuple[str, ...]:
        return () if self.new_name is None else (self.new_name,)

    @property
    def takes_off(self) -> tuple[str, ...]:
        return () if self.copies else (self.name,)


def still_moving(item: NameItem, name: str, field: FieldPath) -> Conflict:
    act = "removed" if item.leaving and not item.renamed_to else "renamed"
    return Conflict(f"{name!r} is still being {act}; try again in a moment.", code=f"still_being_{act}", field=field)


def is_lost(item: NameItem, now_ms: int) -> bool:
    return bool(item.leaving) and now_ms - int(item.ordered_at or 0) > LOST_AFTER_MS


def leave(kind: type[ItemT], account_id: str, key: str, since: int, new: ItemT | None = None) -> bool:
    """The name is gone from now on, and `new` is there; False when either is not free for it."""

    def write(writes: TransactWrite) -> None:
        item = kind(account_key(account_id), key)
        actions: list[Action] = [kind.leaving.set(True), kind.ordered_at.set(since)]
        if new is not None:
            actions.append(kind.renamed_to.set(new.name))
            new.ordered_at = since
            writes.save(new, condition=kind.pk.does_not_exist())
        writes.update(item, actions=actions, condition=kind.pk.exists() & kind.ordered_at.does_not_exist())

    return was_made(lambda: transact(write))


def renew(kind: type[ItemT], account_id: str, item: ItemT, since: int, new_key: str | None) -> bool:
    """Another order instead of one that was lost; False when somebody else has given it."""
    ordered = kind.ordered_at == int(item.ordered_at or 0)

    def write(writes: TransactWrite) -> None:
        writes.update(kind(item.pk, item.sk), actions=[kind.ordered_at.set(since)], condition=ordered)
        if new_key is not None:
            new = kind(account_key(account_id), new_key)
            writes.update(new, actions=[kind.ordered_at.set(since)], condition=kind.pk.exists())

    return was_made(lambda: transact(write))


def stands(kind: type[NameItem], account_id: str, key: str, since: int) -> bool:
    item = item_or_none(kind, account_key(account_id), key)
    return item is not None and int(item.ordered_at or 0) == since


def settle(kind: type[NameItem], account_id: str, key: str, since: int, new_key: str | None) -> None:
    """No contact has the name any more: it is free; nothing when the order stands no longer."""
    ordered: Condition = kind.ordered_at == since

    def write(writes: TransactWrite) -> None:
        writes.delete(kind(account_key(account_id), key), condition=ordered)
        if new_key is not None:
            new = kind(account_key(account_id), new_key)
            writes.update(new, actions=[kind.ordered_at.remove()], condition=ordered)

    was_made(lambda: transact(write))

"""Renaming and deleting the names that contacts carry: gone for readers at once, and taken from contacts by the queue.

A renaming must not be noticed by segments that name it, so it then has two halves: the new name is put beside the old
one, the segments are rewritten, and only then is the old one taken off.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from postrider import names
from postrider.attributes.table import AttributeItem
from postrider.bulk.model import Change
from postrider.filters.tree import Interested, Leaf, Tagged, Tree, attributes_of, leaves
from postrider.interests.table import InterestItem
from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict, FieldPath, Invalid
from postrider.names import NameItem, Order
from postrider.segments.model import Segment
from postrider.segments.service import SegmentService
from postrider.storage.accounts_table import account_key, item_or_none, padded
from postrider.storage.dynamo import batch_get
from postrider.tags.table import TagItem


class Lists(Protocol):
    def all(self, account_id: str) -> Any: ...


class Everywhere(Protocol):
    def everywhere(
        self, account_id: str, list_ids: list[int], change: Change, order: dict[str, Any] | None = None
    ) -> None:
        """Change every contact of these lists, by the queue."""
        ...


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`leaf` is the condition of a selection that a renaming replaces; attributes are not renamed."""

    item: type[NameItem]
    parameter: str
    """Of the paths."""
    change: Callable[[Order], Change]
    named_in: Callable[[Tree, str], bool]
    leaf: Callable[[str], Leaf] | None = None


KINDS = {
    "tag": Kind(
        item=TagItem,
        parameter="tag",
        change=lambda order: Change(add_tags=order.puts_on, remove_tags=order.takes_off, only_if_tag=order.name),
        named_in=lambda tree, name: Tagged(name) in leaves(tree),
        leaf=Tagged,
    ),
    "interest": Kind(
        item=InterestItem,
        parameter="interest_name",
        change=lambda order: Change(
            add_interests=order.puts_on, remove_interests=order.takes_off, only_if_interest=order.name
        ),
        named_in=lambda tree, name: Interested(name) in leaves(tree),
        leaf=Interested,
    ),
    "attribute": Kind(
        item=AttributeItem,
        parameter="name",
        change=lambda order: Change(remove_attributes=order.takes_off),
        named_in=lambda tree, name: name in attributes_of(tree),
    ),
}


class NameMoves:
    """`list_id` is None for names of the account. `kind` is one of KINDS."""

    def __init__(self, lists: Lists, segments: SegmentService, bulk: Everywhere, now: Clock) -> None:
        self._lists, self._segments, self._bulk, self._now = lists, segments, bulk, now

    def check_free(
        self, account_id: str, kind: str, name: str, *, list_id: int | None = None, field: FieldPath = ()
    ) -> None:
        """Raises Conflict while contacts are still being rid of the name, or given it by a renaming."""
        item = item_or_none(KINDS[kind].item, account_key(account_id), _key(kind, list_id, name))
        if item is None or item.ordered_at is None:
            return
        if names.is_lost(item, self._now_ms()):
            order = self._order(kind, list_id, name, item.renamed_to)
            if names.renew(KINDS[kind].item, account_id, item, order.since, _new_key(order)):
                self._follow(account_id, order)
        raise names.still_moving(item, name, field or KINDS[kind].parameter)

    def delete(self, account_id: str, kind: str, name: str, *, list_id: int | None = None) -> None:
        """Of a name that is there and free. Raises Conflict when a segment names it, or it has begun to move."""
        used = next(iter(self._naming(account_id, kind, list_id, name)), None)
        if used is not None:
            raise Conflict(
                f"Segment {used.id} ({used.name!r}) of list {used.list_id} names this {kind}.",
                code=f"{kind}_in_use",
                field=KINDS[kind].parameter,
            )
        order = self._order(kind, list_id, name)
        if not names.leave(KINDS[kind].item, account_id, _key(kind, list_id, name), order.since):
            raise _at_the_same_moment(kind)
        self._follow(account_id, order)

    def rename(self, account_id: str, kind: str, name: str, new: NameItem, *, list_id: int | None = None) -> None:
        """Of a name that is there and free to that of `new`, which is not there.

        Raises Conflict when it has begun to move, Invalid when a segment that names it cannot be rewritten.
        """
        order = self._order(kind, list_id, name, new.name)
        for segment in self._naming(account_id, kind, list_id, name):
            self._rewritten(segment, order)
        if not names.leave(KINDS[kind].item, account_id, _key(kind, list_id, name), order.since, new):
            raise _at_the_same_moment(kind)
        self._follow(account_id, order)

    def still_there(self, account_id: str, list_id: int, change: Change) -> Change:
        """Without names to put on that were deleted or renamed since the change was asked for."""
        return replace(
            change,
            add_tags=self._there(account_id, "tag", None, change.add_tags),
            add_interests=self._there(account_id, "interest", list_id, change.add_interests),
        )

    def stands(self, account_id: str, order: Order) -> bool:
        """Whether it is not done yet, nor replaced by another one."""
        key = _key(order.kind, order.list_id, order.name)
        return names.stands(KINDS[order.kind].item, account_id, key, order.since)

    def done(self, account_id: str, order: Order) -> None:
        """Every contact has followed it."""
        if not self.stands(account_id, order):
            return
        if not order.copies:
            key = _key(order.kind, order.list_id, order.name)
            names.settle(KINDS[order.kind].item, account_id, key, order.since, _new_key(order))
            return
        for segment in self._naming(account_id, order.kind, order.list_id, order.name):
            self._segments.rewrite(self._rewritten(segment, order))
        self._give(account_id, replace(order, copies=False))

    def _there(self, account_id: str, kind: str, list_id: int | None, given: tuple[str, ...]) -> tuple[str, ...]:
        keys = {name: _key(kind, list_id, name) for name in given}
        found = batch_get(KINDS[kind].item, [(account_key(account_id), key) for key in keys.values()])
        there = {item.sk for item in found if not item.leaving}
        return tuple(name for name, key in keys.items() if key in there)

    def _order(self, kind: str, list_id: int | None, name: str, new_name: str | None = None) -> Order:
        return Order(kind=kind, name=name, since=self._now_ms(), list_id=list_id, new_name=new_name)

    def _follow(self, account_id: str, order: Order) -> None:
        renamed = order.new_name is not None
        seen = renamed and any(self._naming(account_id, order.kind, order.list_id, order.name))
        self._give(account_id, replace(order, copies=seen))

    def _give(self, account_id: str, order: Order) -> None:
        lists = [one.id for one in self._lists.all(account_id)] if order.list_id is None else [order.list_id]
        self._bulk.everywhere(account_id, lists, KINDS[order.kind].change(order), asdict(order))

    def _naming(self, account_id: str, kind: str, list_id: int | None, name: str) -> list[Segment]:
        named_in = KINDS[kind].named_in
        lists = [one.id for one in self._lists.all(account_id)] if list_id is None else [list_id]
        return self._segments.that(account_id, lists, lambda tree: named_in(tree, name))

    def _rewritten(self, segment: Segment, order: Order) -> Segment:
        leaf = KINDS[order.kind].leaf
        if leaf is None or order.new_name is None:
            raise Invalid(f"This {order.kind} cannot be renamed.")
        return self._segments.rewritten(segment, leaf(order.name), leaf(order.new_name))

    def _now_ms(self) -> int:
        return int(self._now().timestamp() * 1000)


def _key(kind: str, list_id: int | None, name: str) -> str:
    return f"{kind}#{name}" if list_id is None else f"{kind}#{padded(list_id)}#{name}"


def _new_key(order: Order) -> str | None:
    return None if order.new_name is None else _key(order.kind, order.list_id, order.new_name)


def _at_the_same_moment(kind: str) -> Conflict:
    return Conflict(f"The {kind} was changed at the same moment.", code=f"{kind}_changed")

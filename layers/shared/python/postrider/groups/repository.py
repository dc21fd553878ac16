"""Store groups; a group and the claim of its name are written in one transaction."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.groups.model import Group, GroupPurpose
from postrider.groups.table import GroupItem, GroupNameItem
from postrider.kit.chunks import in_chunks
from postrider.kit.errors import Conflict, NotFound
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import (
    TRANSACT_ITEMS,
    batch_get,
    is_possible_key,
    on_condition_failure,
    transact,
    was_made,
)

_GROUP, _NAME = "group#", "groupname#"
GROUPS_A_TRANSACTION = TRANSACT_ITEMS // 2
"""Maximum number of groups in a transaction: each has two items."""


def unknown_tag() -> NotFound:
    return NotFound("Unknown tag.", code="tag_not_found", field="tag")


class GroupRepository:
    def all(self, account_id: str) -> list[Group]:
        """Return the groups of the account in order of id."""
        return [_group(item) for item in items_of(GroupItem, account_id, _GROUP)]

    def by_name(self, account_id: str, name: str) -> Group:
        """Return the group with this name. Raises NotFound."""
        claim = item_or_none(GroupNameItem, account_key(account_id), _NAME + name)
        item = None
        if claim is not None:
            item = item_or_none(GroupItem, account_key(account_id), _GROUP + padded(int(claim.group_id)))
        if item is None or item.name != name:
            raise unknown_tag()
        return _group(item)

    def ids_of(self, account_id: str, names: Collection[str]) -> dict[str, int]:
        """Return the ids of existing groups by name, with one call for 100."""
        keys = [(account_key(account_id), _NAME + name) for name in names]
        keys = [key for key in keys if is_possible_key(*key)]
        items = batch_get(GroupNameItem, keys) if keys else ()
        return {item.sk.removeprefix(_NAME): int(item.group_id) for item in items}

    def many(self, account_id: str, group_ids: Collection[int]) -> list[Group]:
        """Return the existing groups among these, with one call for 100."""
        keys = [(account_key(account_id), _GROUP + padded(group_id)) for group_id in set(group_ids)]
        return [_group(item) for item in batch_get(GroupItem, keys)] if keys else []

    def names_of(self, account_id: str, group_ids: Collection[int]) -> dict[int, str]:
        """Return the names of existing groups by id, with one call for 100."""
        return {group.id: group.name for group in self.many(account_id, group_ids)}

    def add_all(self, groups: Sequence[Group]) -> bool:
        """Store new groups, 50 per transaction; return False as soon as a name of a transaction is taken."""
        return all(
            was_made(partial(transact, partial(_add, groups=chunk)))
            for chunk in in_chunks(groups, GROUPS_A_TRANSACTION)
        )

    def rename(self, group: Group, name: str, now: datetime) -> Group:
        """Rename the group. Raises Conflict if the name is taken, or the group has changed meanwhile."""
        after = replace(group, name=name, updated_at=now)

        def write(writes: TransactWrite) -> None:
            actions: list[Action] = [GroupItem.name.set(name), GroupItem.updated_at.set(now)]
            writes.update(_item(group), actions=actions, condition=GroupItem.name == group.name)
            writes.delete(_claim(group), condition=GroupNameItem.group_id == group.id)
            writes.save(_claim(after), condition=GroupNameItem.pk.does_not_exist())

        with on_condition_failure(Conflict("A tag with this name exists.", code="tag_exists", field="tag")):
            transact(write)
        return after

    def set_active(self, group: Group, is_active: bool, now: datetime) -> Group:
        """Set whether the group is active. Raises NotFound if it was deleted or renamed meanwhile."""
        with on_condition_failure(unknown_tag()):
            _item(group).update(
                actions=[GroupItem.active.set(is_active), GroupItem.updated_at.set(now)],
                condition=GroupItem.name == group.name,
            )
        return replace(group, active=is_active, updated_at=now)

    def delete(self, group: Group) -> None:
        """Delete the group and release its name. Raises NotFound if it was deleted or renamed meanwhile."""

        def write(writes: TransactWrite) -> None:
            writes.delete(_item(group), condition=GroupItem.name == group.name)
            writes.delete(_claim(group), condition=GroupNameItem.group_id == group.id)

        with on_condition_failure(unknown_tag()):
            transact(write)


def _add(writes: TransactWrite, groups: Iterable[Group]) -> None:
    for group in groups:
        writes.save(_item(group))
        writes.save(_claim(group), condition=GroupNameItem.pk.does_not_exist())


def _item(group: Group) -> GroupItem:
    values = asdict(group) | {"purpose": group.purpose.value}
    return GroupItem(account_key(group.account_id), _GROUP + padded(group.id), **values)


def _claim(group: Group) -> GroupNameItem:
    return GroupNameItem(account_key(group.account_id), _NAME + group.name, group_id=group.id)


def _group(item: GroupItem) -> Group:
    return Group(
        id=int(item.id),
        account_id=item.account_id,
        name=item.name,
        purpose=GroupPurpose(item.purpose),
        description=item.description,
        public=item.public,
        active=item.active,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )

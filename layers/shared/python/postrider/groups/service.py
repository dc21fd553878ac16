"""Rules of groups: names are unique within the account; a name is free as soon as its group is renamed or deleted.

Contacts keep the id of a deleted group. Readers ignore such ids, and the next write of a contact's groups removes them.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from postrider.groups import rules
from postrider.groups.model import Group, GroupPurpose
from postrider.groups.repository import GroupRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict, NotFound
from postrider.storage import sequences

TRIES = 5


class GroupService:
    def __init__(self, groups: GroupRepository, now: Clock) -> None:
        self._groups, self._now = groups, now

    def all(self, account_id: str) -> list[Group]:
        """Return the groups of the account in order of name."""
        return sorted(self._groups.all(account_id), key=lambda group: group.name)

    def by_name(self, account_id: str, name: str) -> Group:
        """Return the group with this name. Raises NotFound."""
        return self._groups.by_name(account_id, name)

    def many(self, account_id: str, group_ids: Collection[int]) -> list[Group]:
        """Return the existing groups among these."""
        return self._groups.many(account_id, group_ids)

    def active(self, account_id: str, group_ids: Sequence[int], *, field: str) -> frozenset[int]:
        """Return these ids. Raises NotFound with the place in `field` if a group does not exist or is archived."""
        active = frozenset(group.id for group in self._groups.many(account_id, group_ids) if group.active)
        for position, group_id in enumerate(group_ids):
            if group_id not in active:
                raise NotFound("The tag does not exist or is archived.", code="tag_not_found", field=(field, position))
        return active

    def ids_of(self, account_id: str, names: Collection[str]) -> dict[str, int]:
        """Return the ids of existing groups by name."""
        return self._groups.ids_of(account_id, names)

    def names_of(self, account_id: str, group_ids: Collection[int]) -> dict[int, str]:
        """Return the names of existing groups by id."""
        return self._groups.names_of(account_id, group_ids)

    def ensure(self, account_id: str, names: Collection[str]) -> dict[str, int]:
        """Return the ids of these names; create the groups that do not exist."""
        for _ in range(TRIES):
            ids = self._groups.ids_of(account_id, names)
            missing = sorted(set(names) - ids.keys())
            if not missing:
                return ids
            created = self._new(account_id, missing)
            if self._groups.add_all(created):
                return ids | {group.name: group.id for group in created}
        raise Conflict("The tags are being created by another call; retry.", code="tag_changed", field="tags")

    def create_segment(self, account_id: str, *, name: str, description: str | None = None) -> Group:
        """Create a set of people. Raises Invalid for an invalid name, Conflict if any group has it."""
        name, description = rules.clean_name(name), rules.clean_description(description)
        [group] = self._new(account_id, [name])
        group = replace(group, purpose=GroupPurpose.SEGMENT, description=description)
        if not self._groups.add_all([group]):
            raise Conflict("A segment or tag with this name exists.", code="group_exists", field="name")
        return group

    def create(self, account_id: str, name: str) -> Group:
        """Create a group. Raises Conflict if the name is taken."""
        [group] = self._new(account_id, [name])
        if not self._groups.add_all([group]):
            raise Conflict("The tag exists.", code="tag_exists", field="tag")
        return group

    def rename(self, account_id: str, name: str, new_name: str) -> Group:
        """Rename a group. Raises NotFound, or Conflict if the new name is taken."""
        group = self._groups.by_name(account_id, name)
        return group if new_name == name else self._groups.rename(group, new_name, self._now())

    def archive(self, account_id: str, name: str) -> Group:
        """Archive a group, so that it cannot be chosen; its contacts keep it. Raises NotFound."""
        return self._set_active(account_id, name, is_active=False)

    def unarchive(self, account_id: str, name: str) -> Group:
        """Restore an archived group, so that it can be chosen again. Raises NotFound."""
        return self._set_active(account_id, name, is_active=True)

    def delete(self, group: Group) -> None:
        """Delete a group; its name is free at once. Raises NotFound if it was deleted already."""
        self._groups.delete(group)

    def restore(self, group: Group) -> None:
        """Restore a group that was just deleted. Raises Conflict if its name is taken meanwhile."""
        if not self._groups.add_all([group]):
            raise Conflict("The tag exists.", code="tag_exists", field="tag")

    def _set_active(self, account_id: str, name: str, *, is_active: bool) -> Group:
        group = self._groups.by_name(account_id, name)
        return group if group.active == is_active else self._groups.set_active(group, is_active, self._now())

    def _new(self, account_id: str, names: Sequence[str]) -> list[Group]:
        first_id, now = sequences.allocate("segment", len(names)), self._now()
        return [
            Group(
                id=first_id + offset,
                account_id=account_id,
                name=name,
                purpose=GroupPurpose.TAG,
                created_at=now,
                updated_at=now,
            )
            for offset, name in enumerate(names)
        ]

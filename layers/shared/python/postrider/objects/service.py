"""Rules of objects: objects and types are created by the first attribute or relation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.kit.paging import Cursors, Page
from postrider.kit.quotas import add_within_quota
from postrider.objects import rules
from postrider.objects.model import DataObject, ObjectType
from postrider.objects.repository import ObjectRepository, Position, unknown_object
from postrider.storage.sequences import NumberPool

MAX_TYPES = 100
"""Maximum number of types of an account; a listing reads all of them with one query."""
MAX_EXAMINED = 5000
MAX_EXAMINED_BYTES = 8 * 1024 * 1024
"""Maximum number of objects and bytes that a page reads; such a page may be short, and has a cursor."""
NUMBERS_TOGETHER = 50
TRIES = 10

Condition = Callable[[DataObject], bool]
Changes = Mapping[str, Mapping[str, Any]]
"""Attributes to set by object id; null or a blank text removes an attribute."""


class ObjectService:
    def __init__(self, objects: ObjectRepository, cursors: Cursors, now: Clock) -> None:
        self._objects, self._cursors, self._now = objects, cursors, now
        self._numbers = NumberPool("object", NUMBERS_TOGETHER)

    # Types

    def types(self, account_id: str) -> list[ObjectType]:
        """Return the types of an account in order of id."""
        return self._objects.types(account_id)

    def type(self, account_id: str, type_id: int) -> ObjectType:
        """Return a type. Raises NotFound."""
        object_type = self._objects.type(account_id, type_id)
        if object_type is None:
            raise NotFound("Unknown object type.", code="object_type_not_found", field="object_type_id")
        return object_type

    def ensure_type(self, account_id: str, type_id: int) -> ObjectType:
        """Return a type, and create it if it is unknown. Raises Invalid past MAX_TYPES, and for an invalid id."""
        rules.check_type_id(type_id)
        known = self._objects.type(account_id, type_id)
        if known is not None:
            return known
        object_type = ObjectType(id=type_id, account_id=account_id, name=f"Type {type_id}", created_at=self._now())
        try:
            add_within_quota(
                MAX_TYPES,
                add=lambda: self._objects.add_type(object_type),
                undo=lambda: self._objects.remove_type(object_type),
                count=lambda: len(self._objects.types(account_id)),
                error=Invalid(f"An account has at most {MAX_TYPES} object types.", code="too_many_object_types"),
            )
        except Conflict:  # a concurrent call has created it
            return self.type(account_id, type_id)
        return object_type

    # Objects

    def get(self, account_id: str, type_id: int, object_id: str) -> DataObject:
        """Return an object. Raises NotFound."""
        stored = self._objects.get(account_id, type_id, object_id) if rules.is_unicode(object_id) else None
        if stored is None:
            raise unknown_object()
        return stored

    def by_number(self, account_id: str, type_id: int, number: int) -> DataObject:
        """Return the object of this type with this number. Raises NotFound."""
        stored = self.with_number(account_id, number)
        if stored.type_id != type_id:
            raise unknown_object()
        return stored

    def with_number(self, account_id: str, number: int) -> DataObject:
        """Return the object with this number, of any type. Raises NotFound."""
        named = self._objects.id_of(account_id, number)
        stored = None if named is None else self._objects.get(account_id, *named)
        if stored is None or stored.number != number:
            raise unknown_object()
        return stored

    def among(self, account_id: str, type_id: int, object_ids: Iterable[str]) -> dict[str, DataObject]:
        """Return the existing objects among these, by id."""
        return self._objects.many(account_id, type_id, object_ids)

    def put(self, account_id: str, type_id: int, object_id: str, attributes: Mapping[str, Any]) -> DataObject:
        """Set attributes of an object, and create it if it is unknown. Raises Invalid past the limits."""
        return self.put_many(account_id, type_id, {object_id: attributes})[object_id]

    def put_many(self, account_id: str, type_id: int, changes: Changes) -> dict[str, DataObject]:
        """Set attributes of objects of a type, create unknown objects, and return the objects by id.

        Raises Invalid past the limits; then only the type is stored.
        """
        self.ensure_type(account_id, type_id)
        for object_id in changes:
            rules.check_object_id(object_id)
        stored: dict[str, DataObject] = {}
        remaining = dict(changes)
        for _ in range(TRIES):
            known = self._objects.many(account_id, type_id, remaining)
            wanted = {
                object_id: self._changed(account_id, type_id, object_id, known, remaining) for object_id in remaining
            }
            stale = self._store(known, wanted)
            stored |= {object_id: wanted[object_id] for object_id in wanted if object_id not in stale}
            remaining = {object_id: changes[object_id] for object_id in stale}
            if not remaining:
                return stored
        raise Conflict("The object is being changed by other calls; retry.", code="object_busy", field="object_id")

    def _changed(
        self, account_id: str, type_id: int, object_id: str, known: Mapping[str, DataObject], changes: Changes
    ) -> DataObject:
        now = self._now().replace(microsecond=0)
        before = known.get(object_id) or DataObject(
            account_id=account_id, type_id=type_id, id=object_id, number=0, created_at=now
        )
        return rules.with_attributes(before, changes[object_id], now)

    def _store(self, known: Mapping[str, DataObject], wanted: dict[str, DataObject]) -> set[str]:
        """Store changed and new objects, and number the new ones in `wanted`; return the ids of stale objects."""
        new = [object_id for object_id in wanted if object_id not in known]
        if new:
            first = self._numbers.take(len(new))
            for number, object_id in enumerate(new, start=first):
                wanted[object_id] = replace(wanted[object_id], number=number)
        stale = self._objects.add_many([wanted[object_id] for object_id in new]) if new else set()
        for object_id, before in known.items():
            if wanted[object_id] != before and not self._objects.replace(before, wanted[object_id]):
                stale.add(object_id)
        return stale

    def find(
        self,
        account_id: str,
        type_id: int,
        condition: Condition,
        *,
        query: str,
        limit: int,
        cursor: str | None = None,
    ) -> Page[DataObject]:
        """Return the next objects of a type that fulfil the condition, in a stable order; `query` is the condition as text.

        A page reads a bounded number of objects, so that it may be shorter than `limit` although more follow. Raises Invalid
        for a cursor of another listing.
        """
        listing = f"objects/{type_id}/{query}"
        after: Position | None = None
        if cursor:
            bucket, object_id = self._cursors.read(account_id, listing, cursor)
            after = bucket, object_id
        matches: list[DataObject] = []
        examined = size = 0
        last: Position | None = None
        for position, stored, stored_size in self._objects.walk(account_id, type_id, after):
            if len(matches) == limit or examined == MAX_EXAMINED or size >= MAX_EXAMINED_BYTES:
                return Page(items=matches, next_cursor=self._cursors.write(account_id, listing, last))
            examined, size, last = examined + 1, size + stored_size, position
            if condition(stored):
                matches.append(stored)
        return Page(items=matches)

    def delete(self, account_id: str, type_id: int, object_id: str) -> None:
        """Delete an object if it exists. Its relations are deleted by `DeletedObjects`."""
        stored = self._objects.get(account_id, type_id, object_id) if rules.is_unicode(object_id) else None
        if stored is not None:
            self._objects.delete(stored)

"""Store types and objects."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from postrider.kit.clock import from_unix, unix
from postrider.kit.errors import Conflict, NotFound
from postrider.objects.model import DataObject, ObjectType
from postrider.objects.table import ObjectItem, ObjectNumberItem, ObjectTypeItem
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import (
    batch_get,
    entity,
    execute_statements,
    insert_statement,
    is_possible_key,
    on_condition_failure,
    was_made,
)
from postrider.storage.records_table import RecordsTableItem

BUCKETS = 8
"""Number of partitions of the objects of a type, and of the numbers of an account's objects."""
READ_TOGETHER = 200
"""Maximum number of objects in a request of a walk; DynamoDB ends the request after 1 MB."""
_TYPE_PREFIX = "object_type#"

Position = tuple[int, str]
"""Bucket and id: a place in the order of a type's objects, JSON-safe."""


def unknown_object() -> NotFound:
    return NotFound("Unknown object.", code="object_not_found", field="object_id")


class ObjectRepository:
    # Types

    def types(self, account_id: str) -> list[ObjectType]:
        """Return the types of an account in order of id."""
        return [_type(item) for item in items_of(ObjectTypeItem, account_id, _TYPE_PREFIX)]

    def type(self, account_id: str, type_id: int) -> ObjectType | None:
        item = item_or_none(ObjectTypeItem, account_key(account_id), _TYPE_PREFIX + padded(type_id))
        return None if item is None else _type(item)

    def add_type(self, object_type: ObjectType) -> None:
        """Store a new type. Raises Conflict if the id is taken."""
        taken = Conflict(
            "The account already has an object type with this id.", code="object_type_exists", field="object_type_id"
        )
        with on_condition_failure(taken):
            _type_item(object_type).save(condition=ObjectTypeItem.pk.does_not_exist())

    def remove_type(self, object_type: ObjectType) -> None:
        _type_item(object_type).delete()

    # Objects

    def get(self, account_id: str, type_id: int, object_id: str) -> DataObject | None:
        return self.many(account_id, type_id, [object_id]).get(object_id)

    def many(self, account_id: str, type_id: int, object_ids: Iterable[str]) -> dict[str, DataObject]:
        """Return objects of a type by id; unknown ids are missing."""
        keys = [_key(account_id, type_id, object_id) for object_id in object_ids]
        items = batch_get(RecordsTableItem, [key for key in keys if is_possible_key(*key)])
        return {item.sk: _object(item) for item in items if isinstance(item, ObjectItem)}

    def id_of(self, account_id: str, number: int) -> tuple[int, str] | None:
        """Return (type id, object id) of the object with this number, which may be deleted."""
        items = batch_get(RecordsTableItem, [_number_key(account_id, number)])
        return next(((int(item.type_id), item.object_id) for item in items if isinstance(item, ObjectNumberItem)), None)

    def add_many(self, objects: Sequence[DataObject]) -> set[str]:
        """Store new objects, 25 per call; return the ids of objects that already exist."""
        numbers = [_number_item(stored) for stored in objects]
        execute_statements([insert_statement(item) for item in numbers])
        codes = execute_statements([insert_statement(_item(stored)) for stored in objects])
        taken = {stored.id for stored, code in zip(objects, codes, strict=True) if code is not None}
        for stored, item in zip(objects, numbers, strict=True):
            if stored.id in taken:
                item.delete()
        return taken

    def replace(self, before: DataObject, after: DataObject) -> bool:
        """Store a changed object; return False if it was changed or deleted since it was read."""
        item = _item(after)
        item.version = before.version + 1
        return was_made(lambda: item.save(condition=ObjectItem.version == before.version))

    def delete(self, stored: DataObject) -> None:
        """Delete an object, and the entry of its number."""
        _item(stored).delete()
        _number_item(stored).delete()

    def walk(self, account_id: str, type_id: int, after: Position | None) -> Iterator[tuple[Position, DataObject, int]]:
        """Yield the objects of a type after a position, bucket by bucket, each with its position and size."""
        first, edge = after or (0, None)
        for bucket in range(first, BUCKETS):
            condition = None if edge is None or bucket != first else ObjectItem.sk > edge
            items = ObjectItem.query(
                _partition(account_id, type_id, bucket), condition, consistent_read=True, page_size=READ_TOGETHER
            )
            for item in items:
                yield (bucket, item.sk), _object(item), _size(item)


def _size(item: ObjectItem) -> int:
    return len(str(item.attributes)) + len(str(item.set_at))


def _partition(account_id: str, type_id: int, bucket: int) -> str:
    return f"object#{account_id}#{type_id}#{bucket}"


def _key(account_id: str, type_id: int, object_id: str) -> tuple[str, str]:
    return _partition(account_id, type_id, zlib.crc32(object_id.encode()) % BUCKETS), object_id


def _number_key(account_id: str, number: int) -> tuple[str, str]:
    return f"object_number#{account_id}#{number % BUCKETS}", padded(number)


def _item(stored: DataObject) -> ObjectItem:
    return ObjectItem(
        *_key(stored.account_id, stored.type_id, stored.id),
        number=stored.number,
        created_at=stored.created_at,
        attributes=dict(stored.attributes) or None,
        set_at={name: unix(moment) for name, moment in stored.set_at.items()} or None,
        version=stored.version,
    )


def _number_item(stored: DataObject) -> ObjectNumberItem:
    key = _number_key(stored.account_id, stored.number)
    return ObjectNumberItem(*key, type_id=stored.type_id, object_id=stored.id)


def _object(item: ObjectItem) -> DataObject:
    _, account_id, type_id, _ = item.pk.split("#")
    set_at: dict[str, Any] = item.set_at or {}
    return DataObject(
        account_id=account_id,
        type_id=int(type_id),
        id=item.sk,
        number=int(item.number),
        created_at=item.created_at,
        attributes=item.attributes or {},
        set_at={name: from_unix(seconds) for name, seconds in set_at.items()},
        version=int(item.version),
    )


def _type_item(object_type: ObjectType) -> ObjectTypeItem:
    key = _TYPE_PREFIX + padded(object_type.id)
    return ObjectTypeItem(account_key(object_type.account_id), key, **asdict(object_type))


def _type(item: ObjectTypeItem) -> ObjectType:
    return replace(entity(ObjectType, item), id=int(item.id))

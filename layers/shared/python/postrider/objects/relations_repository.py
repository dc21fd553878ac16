"""Store relations between contacts and objects: two items each, so that both sides can be read."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from pynamodb.transactions import TransactWrite

from postrider.kit.chunks import in_chunks
from postrider.objects.model import Relation
from postrider.objects.table import RelatedItem, RelationItem
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import TRANSACT_ITEMS, batch_get, transact, was_made
from postrider.storage.records_table import RecordsTableItem

TOGETHER = TRANSACT_ITEMS // 2
"""Maximum number of relations in a transaction: each has two items."""
READ_TOGETHER = 500


class RelationRepository:
    def many(self, account_id: str, relations: Iterable[Relation]) -> dict[tuple[int, int, str], Relation]:
        """Return the stored relations with these keys, by key; unknown relations are missing."""
        items = batch_get(RecordsTableItem, [_relation_key(account_id, relation) for relation in relations])
        stored = (_relation(item) for item in items if isinstance(item, RelationItem))
        return {relation.key: relation for relation in stored}

    def store(self, account_id: str, relations: Sequence[Relation]) -> list[Relation]:
        """Store changed or new relations; return the relations that another call has changed meanwhile."""
        stale: list[Relation] = []
        for chunk in in_chunks(relations, TOGETHER):
            if not self._store(account_id, chunk):
                stale += [relation for relation in chunk if not self._store(account_id, [relation])]
        return stale

    def _store(self, account_id: str, relations: Sequence[Relation]) -> bool:
        def write(writes: TransactWrite) -> None:
            for relation in relations:
                is_new = relation.version == 0
                unchanged = RelationItem.pk.does_not_exist() if is_new else RelationItem.version == relation.version
                writes.save(_item(account_id, replace(relation, version=relation.version + 1)), condition=unchanged)
                writes.save(RelatedItem(*_related_key(account_id, relation)))

        return was_made(lambda: transact(write))

    def remove(self, account_id: str, relations: Collection[Relation]) -> None:
        """Delete these relations from both sides."""
        for chunk in in_chunks(relations, TOGETHER):

            def write(writes: TransactWrite, chunk: Sequence[Relation] = chunk) -> None:
                for relation in chunk:
                    writes.delete(RelationItem(*_relation_key(account_id, relation)))
                    writes.delete(RelatedItem(*_related_key(account_id, relation)))

            transact(write)

    def of_contact(self, account_id: str, contact_id: int, most: int | None = None) -> Iterator[Relation]:
        """Yield the relations of a contact, in order of type and object id."""
        items = RelationItem.query(
            _contact_partition(account_id, contact_id), consistent_read=True, page_size=READ_TOGETHER
        )
        return map(_relation, islice(items, most))

    def of_object(
        self, account_id: str, type_id: int, object_id: str, *, after: int | None = None, most: int | None = None
    ) -> Iterator[Relation]:
        """Yield the relations of an object, without their attributes, in order of contact id."""
        condition = None if after is None else RelatedItem.sk > padded(after)
        items = RelatedItem.query(
            _object_partition(account_id, type_id, object_id),
            condition,
            consistent_read=True,
            page_size=READ_TOGETHER if most is None else min(most, READ_TOGETHER),
        )
        for item in islice(items, most):
            yield Relation(contact_id=int(item.sk), type_id=type_id, object_id=object_id)

    def forget_contact(self, account_id: str, contact_id: int, most: int | None = None) -> int:
        """Delete at most `most` relations of a contact that is being deleted; return their number."""
        return _delete(
            ((_related_key(account_id, relation), _relation_key(account_id, relation)))
            for relation in self.of_contact(account_id, contact_id, most)
        )

    def forget_object(self, account_id: str, type_id: int, object_id: str, most: int | None = None) -> int:
        """Delete at most `most` relations of a deleted object; return their number."""
        return _delete(
            ((_relation_key(account_id, relation), _related_key(account_id, relation)))
            for relation in self.of_object(account_id, type_id, object_id, most=most)
        )


def _delete(keys: Iterable[tuple[tuple[str, str], tuple[str, str]]]) -> int:
    """Delete pairs of items. Pairs are found by their second items, which are deleted last, so that a call can be repeated."""
    count = 0
    for chunk in in_chunks(keys, READ_TOGETHER):
        for side in zip(*chunk, strict=True):
            with RecordsTableItem.batch_write() as batch:
                for key in side:
                    batch.delete(RecordsTableItem(*key))
        count += len(chunk)
    return count


def _contact_partition(account_id: str, contact_id: int) -> str:
    return f"of_contact#{account_id}#{contact_id}"


def _object_partition(account_id: str, type_id: int, object_id: str) -> str:
    return f"of_object#{account_id}#{type_id}#{object_id}"


def _relation_key(account_id: str, relation: Relation) -> tuple[str, str]:
    return _contact_partition(account_id, relation.contact_id), f"{padded(relation.type_id)}#{relation.object_id}"


def _related_key(account_id: str, relation: Relation) -> tuple[str, str]:
    return _object_partition(account_id, relation.type_id, relation.object_id), padded(relation.contact_id)


def _item(account_id: str, relation: Relation) -> RelationItem:
    key = _relation_key(account_id, relation)
    return RelationItem(*key, attributes=dict(relation.attributes) or None, version=relation.version)


def _relation(item: RelationItem) -> Relation:
    type_id, _, object_id = item.sk.partition("#")
    return Relation(
        contact_id=int(item.pk.rpartition("#")[2]),
        type_id=int(type_id),
        object_id=object_id,
        attributes=item.attributes or {},
        version=int(item.version),
    )

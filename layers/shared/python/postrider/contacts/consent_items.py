"""Store the consent records of contacts. Records are added and deleted with their contact, and never changed."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

import orjson

from postrider.contacts.mapping import consents_key
from postrider.contacts.model import ConsentRecord, block_of
from postrider.contacts.table import ConsentItem, ContactsItem
from postrider.kit.chunks import in_chunks
from postrider.kit.clock import unix
from postrider.storage.accounts_table import padded

READ_TOGETHER = 500


class ConsentItems:
    def add_many(self, account_id: str, list_id: int, records: Iterable[tuple[int, ConsentRecord]]) -> None:
        """Store records with the ids of their contacts, 25 per call. A record that is stored already changes nothing."""
        by_key: dict[tuple[str, str], ConsentItem] = {}  # two items of one call cannot have the same key
        for contact_id, record in records:
            item = _item(account_id, list_id, contact_id, record)
            by_key.setdefault((item.pk, item.sk), item)
        with ContactsItem.batch_write() as batch:
            for item in by_key.values():
                batch.save(item)

    def of(self, account_id: str, list_id: int, contact_id: int, most: int) -> list[ConsentRecord]:
        """Return the records of a contact, newest first, at most so many."""
        items = ConsentItem.query(
            consents_key(account_id, list_id, block_of(contact_id)),
            ConsentItem.sk.startswith(f"{padded(contact_id)}#"),
            consistent_read=True,
            scan_index_forward=False,
            page_size=min(most, READ_TOGETHER),
        )
        return [_record(item) for item in islice(items, most)]

    def delete(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> None:
        """Delete all records of these contacts, with one query for each block of contacts."""
        by_block: dict[int, set[int]] = defaultdict(set)
        for contact_id in contact_ids:
            by_block[block_of(contact_id)].add(contact_id)
        with ContactsItem.batch_write() as batch:
            for block, ids in by_block.items():
                for item in self._between(account_id, list_id, block, min(ids), max(ids)):
                    if _contact_id_of(item) in ids:
                        batch.delete(ConsentItem(item.pk, item.sk))

    def move(self, account_id: str, list_id: int, *, from_id: int, to_id: int) -> None:
        """Give the records of one contact to another one of its list. A repetition completes an interrupted call."""
        items = self._between(account_id, list_id, block_of(from_id), from_id, from_id)
        for chunk in in_chunks(items, READ_TOGETHER):
            self.add_many(account_id, list_id, [(to_id, _record(item)) for item in chunk])
            with ContactsItem.batch_write() as batch:
                for item in chunk:
                    batch.delete(ConsentItem(item.pk, item.sk))

    def _between(self, account_id: str, list_id: int, block: int, first_id: int, last_id: int) -> Iterator[ConsentItem]:
        return iter(
            ConsentItem.query(
                consents_key(account_id, list_id, block),
                ConsentItem.sk.between(f"{padded(first_id)}#", f"{padded(last_id)}$"),
                consistent_read=True,
                page_size=READ_TOGETHER,
            )
        )


def _item(account_id: str, list_id: int, contact_id: int, record: ConsentRecord) -> ConsentItem:
    moment = 0 if record.consented_at is None else unix(record.consented_at)
    texts = orjson.dumps([record.text, record.url, record.ip, record.user_agent])
    digest = hashlib.sha256(texts).hexdigest()[:16]
    return ConsentItem(
        consents_key(account_id, list_id, block_of(contact_id)),
        f"{padded(contact_id)}#{padded(moment)}#{digest}",
        created_at=record.created_at,
        consented_at=record.consented_at,
        text=record.text or None,
        url=record.url or None,
        ip=record.ip or None,
        user_agent=record.user_agent or None,
    )


def _record(item: ConsentItem) -> ConsentRecord:
    return ConsentRecord(
        created_at=item.created_at,
        consented_at=item.consented_at,
        text=item.text or "",
        url=item.url or "",
        ip=item.ip or "",
        user_agent=item.user_agent or "",
    )


def _contact_id_of(item: ConsentItem) -> int:
    return int(item.sk.partition("#")[0])

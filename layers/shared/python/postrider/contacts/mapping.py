"""Convert contacts to items and back, and build the keys of all items."""

import zlib
from typing import Any

from postrider.attributes import rules as attribute_rules
from postrider.contacts.model import (
    BLOCK_SIZE,
    NEVER_BOUNCED,
    NOT_INDEXED,
    Contact,
    Status,
    SuppressionMark,
    Value,
    WithdrawnBy,
    block_of,
)
from postrider.contacts.table import ContactItem
from postrider.storage.accounts_table import padded
from postrider.suppressions.model import SuppressionSource

ADDRESS_BUCKETS = 16
"""Partitions for the claims of a list: 16 accept 16,000 writes per second, and contain 6,250 items each at 100,000 contacts."""
EXTERNAL_ID_BUCKETS = 16
"""Partitions for the claims of external ids, as many as for addresses."""
STATUS_SHARDS = 8
"""Index partitions per status, so that an import of unsubscribed contacts does not overload one of them."""

QUARTER_SIZE = 256
"""Places in an entry of the index of members: it stays below 1 KB, one write unit."""
ITEM_BYTES = 2048
"""Upper bound of an item without groups, interests and custom attributes."""
ID_BYTES = 12
"""Upper bound of an id in a stored list: 16 digits and the overhead of the element."""


def list_key(account_id: str, list_id: int) -> str:
    return f"list#{account_id}#{list_id}"


def block_key(account_id: str, list_id: int, block: int) -> str:
    return f"{account_id}#{list_id}#{block}"


def contact_key(account_id: str, list_id: int, contact_id: int) -> tuple[str, str]:
    return block_key(account_id, list_id, block_of(contact_id)), padded(contact_id)


def address_bucket(address: str) -> int:
    return zlib.crc32(address.encode()) % ADDRESS_BUCKETS


def bucket_key(account_id: str, list_id: int, bucket: int) -> str:
    return f"address#{account_id}#{list_id}#{bucket}"


def claim_key(account_id: str, list_id: int, address: str) -> tuple[str, str]:
    return bucket_key(account_id, list_id, address_bucket(address)), address


def external_id_bucket_key(account_id: str, list_id: int, bucket: int) -> str:
    return f"identifier#{account_id}#{list_id}#external_id#{bucket}"


def external_id_key(account_id: str, list_id: int, external_id: str) -> tuple[str, str]:
    bucket = zlib.crc32(external_id.encode()) % EXTERNAL_ID_BUCKETS
    return external_id_bucket_key(account_id, list_id, bucket), external_id


def deleted_contact_key(account_id: str, list_id: int, contact_id: int) -> tuple[str, str]:
    block, contact = contact_key(account_id, list_id, contact_id)
    return f"gone#{block}", contact


def former_addresses_key(account_id: str, list_id: int, contact_id: int) -> str:
    return f"former#{block_key(account_id, list_id, block_of(contact_id))}"


def former_address_key(account_id: str, list_id: int, contact_id: int, address_number: int) -> tuple[str, str]:
    return former_addresses_key(account_id, list_id, contact_id), f"{padded(contact_id)}#{padded(address_number)}"


def consents_key(account_id: str, list_id: int, block: int) -> str:
    return f"consent#{block_key(account_id, list_id, block)}"


def deleted_address_key(account_id: str, address: str) -> str:
    return f"gone#{account_id}#{address}"


def departures_key(account_id: str, digest: str) -> str:
    return f"departures#{account_id}#{digest}"


def status_key(account_id: str, list_id: int, status: str, shard: int) -> str:
    return f"{account_id}#{list_id}#{status}#{shard}"


def bounce_key(account_id: str, list_id: int, kind: str) -> str:
    return f"{account_id}#{list_id}#{kind}"


def bounce_rank(bounces_count: int, contact_id: int) -> str:
    return f"{min(bounces_count, 999_999):06d}#{padded(contact_id)}"


def members_key(account_id: str, list_id: int) -> str:
    return f"members#{account_id}#{list_id}"


def quarter_key(group_id: int, quarter: int) -> str:
    """Return the sort key of a quarter by its number: the id of its first contact divided by QUARTER_SIZE."""
    block, part = divmod(quarter, BLOCK_SIZE // QUARTER_SIZE)
    return f"{padded(group_id)}#{padded(block)}#{part}"


def quarter_of(sort_key: str) -> int:
    _, block, part = sort_key.split("#")
    return int(block) * (BLOCK_SIZE // QUARTER_SIZE) + int(part)


def group_counts_key(account_id: str, list_id: int) -> str:
    return f"groups#{account_id}#{list_id}"


def contact_id_of(sort_key: str) -> int:
    return int(sort_key)


def item_of(contact: Contact) -> ContactItem:
    """Return the item of a contact. Default values are None and are not stored."""
    is_indexed = contact.status not in NOT_INDEXED
    has_bounced = contact.last_bounce_type != NEVER_BOUNCED
    here = contact.account_id, contact.list_id
    return ContactItem(
        *contact_key(*here, contact.id),
        email=contact.email or None,
        external_id=contact.external_id,
        address=None if contact.email.lower() == contact.address else contact.address,
        status=contact.status.value,
        subscribed_at=contact.subscribed_at,
        updated_at=contact.updated_at,
        attributes={str(attribute_id): value for attribute_id, value in contact.attributes.items()} or None,
        groups=sorted(contact.groups) or None,
        interests=sorted(contact.interests) or None,
        last_bounce_type=contact.last_bounce_type if has_bounced else None,
        bounces_count=contact.bounces_count or None,
        soft_bounces=contact.soft_bounces or None,
        hard_bounced=contact.hard_bounced or None,
        bounce_events=list(contact.bounce_events) or None,
        suppressed_by=None if contact.mark is None else contact.mark.source.value,
        suppressed_at=None if contact.mark is None else contact.mark.since,
        withdrawn_by=None if contact.withdrawn_by is None else contact.withdrawn_by.value,
        consent_number=contact.consent_number or None,
        departures=contact.departures or None,
        address_since=contact.address_since,
        confirmation_due=contact.confirmation_due or None,
        origin=contact.origin,
        has_records=contact.has_records or None,
        has_consents=contact.has_consents or None,
        opted_in_at=contact.opted_in_at,
        version=contact.version,
        status_key=status_key(*here, contact.status, contact.block % STATUS_SHARDS) if is_indexed else None,
        bounce_key=bounce_key(*here, contact.last_bounce_type) if has_bounced else None,
        bounce_rank=bounce_rank(contact.bounces_count, contact.id) if has_bounced else None,
    )


def size_of(contact: Contact) -> int:
    """Return an upper bound of the size of the item of a contact, in bytes."""
    ids = ID_BYTES * (len(contact.groups) + len(contact.interests))
    return ITEM_BYTES + ids + attribute_rules.size_of(contact.attributes)


def contact_of(item: ContactItem) -> Contact:
    account_id, list_id, _ = item.pk.split("#")
    return Contact(
        account_id=account_id,
        list_id=int(list_id),
        id=contact_id_of(item.sk),
        email=item.email or "",
        address=item.address or (item.email or "").lower(),
        external_id=item.external_id,
        status=Status(item.status),
        subscribed_at=item.subscribed_at,
        updated_at=item.updated_at,
        attributes=_values(item.attributes),
        groups=frozenset(map(int, item.groups or ())),
        interests=frozenset(map(int, item.interests or ())),
        last_bounce_type=item.last_bounce_type or NEVER_BOUNCED,
        bounces_count=int(item.bounces_count or 0),
        soft_bounces=int(item.soft_bounces or 0),
        hard_bounced=bool(item.hard_bounced),
        bounce_events=tuple(item.bounce_events or ()),
        mark=_mark_of(item),
        withdrawn_by=None if item.withdrawn_by is None else WithdrawnBy(item.withdrawn_by),
        consent_number=int(item.consent_number or 0),
        departures=int(item.departures or 0),
        address_since=item.address_since,
        confirmation_due=bool(item.confirmation_due),
        origin=item.origin,
        has_records=bool(item.has_records),
        has_consents=bool(item.has_consents),
        opted_in_at=item.opted_in_at,
        version=int(item.version),
    )


def _mark_of(item: ContactItem) -> SuppressionMark | None:
    if item.suppressed_by is None:
        return None
    return SuppressionMark(source=SuppressionSource(item.suppressed_by), since=item.suppressed_at)


def _values(stored: Any) -> dict[int, Value]:
    return {} if stored is None else {int(key): value for key, value in stored.attribute_values.items()}

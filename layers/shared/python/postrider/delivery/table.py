"""Rows of recipients, and an item for each run and each of its blocks, in the ledger table."""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    MapAttribute,
    NumberAttribute,
    NumberSetAttribute,
    UnicodeAttribute,
)

from postrider.storage.dynamo import UnixSeconds
from postrider.storage.ledger_table import LedgerItem


class RecipientItem(LedgerItem, discriminator="row"):
    """A row of a recipient. It is smaller than 1 KB: a claim and an outcome cost one write unit each.

    `postrider.mail_events` adds the activity of the recipient.
    """

    run_id = UnicodeAttribute()
    claim = UnicodeAttribute()
    outcome = UnicodeAttribute()
    claim_until = UnixSeconds(null=True)
    reason = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    sent_at = UnixSeconds(null=True)
    domain = UnicodeAttribute(null=True)
    variant = NumberAttribute(null=True)


class RunItem(LedgerItem, discriminator="run"):
    """A run: sk `run`."""

    account_id = UnicodeAttribute()
    source_kind = UnicodeAttribute()
    source_id = NumberAttribute()
    source_entry = NumberAttribute(null=True)
    run_id = UnicodeAttribute()
    list_id = NumberAttribute()
    revision = NumberAttribute()
    audience = JSONAttribute()
    blocks = NumberAttribute()
    state = UnicodeAttribute()
    began_at = UnixSeconds()
    ordered_at = UnixSeconds(null=True)
    checked_at = UnixSeconds(null=True)
    parked_until = UnixSeconds(null=True)
    mail_may_have_left = BooleanAttribute(default=False)
    blocks_done = NumberAttribute(default=0)
    recipients = NumberAttribute(default=0)
    ended_at = UnixSeconds(null=True)


class RunBlockItem(LedgerItem, discriminator="block"):
    """A block: sk `block#<padded number>`. It is smaller than 1 KB: counting a chunk costs one write unit.

    `underway` has the number of mails sent by chunk, for slow chunks. A block is sent within minutes, so that
    `sent_by_minute` has few entries. Names in `slices` are texts of `Slice`.
    """

    number = NumberAttribute()
    bitmap = BinaryAttribute(legacy_encoding=False)
    sent = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    skipped = NumberAttribute(default=0)
    unknown = NumberAttribute(default=0)
    chunks_done = NumberSetAttribute(null=True)
    done = BooleanAttribute(default=False)
    ordered = BooleanAttribute(default=False)
    progressed_at = UnixSeconds(null=True)
    version = NumberAttribute(default=0)
    underway: MapAttribute[Any, Any] = MapAttribute(default=dict)
    sent_by_minute: MapAttribute[Any, Any] = MapAttribute(default=dict)
    sent_by_domain: MapAttribute[Any, Any] = MapAttribute(default=dict)
    slices: MapAttribute[Any, Any] = MapAttribute(default=dict)

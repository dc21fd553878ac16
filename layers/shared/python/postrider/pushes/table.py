"""Push messages in the ledger table."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from postrider.storage.dynamo import UnixSeconds
from postrider.storage.ledger_table import LedgerItem


class PushItem(LedgerItem, discriminator="push"):
    """pk `push#<account>#<id>`, sk `push`."""

    account_id = UnicodeAttribute()
    id = NumberAttribute()
    list_id = NumberAttribute()
    contact_id = NumberAttribute()
    template_id = NumberAttribute()
    title = UnicodeAttribute()
    target = UnicodeAttribute()
    payloads = JSONAttribute()
    created_at = UnixSeconds()
    due_at = UnixSeconds()
    outcome = UnicodeAttribute()
    failure = UnicodeAttribute(null=True)
    decided_at = UnixSeconds(null=True)
    claim_until = UnixSeconds(null=True)
    attempts = NumberAttribute()
    is_draft = BooleanAttribute()
    is_content_kept = BooleanAttribute()
    reported = JSONAttribute(default=dict)

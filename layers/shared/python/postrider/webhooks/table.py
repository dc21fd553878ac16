"""Webhooks in the accounts table; callbacks, deliveries and the state of sending in the outbox table."""

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from postrider.storage.accounts_table import AccountsTableItem
from postrider.storage.dynamo import UnixSeconds
from postrider.storage.outbox_table import OutboxTableItem


class WebhookItem(AccountsTableItem, discriminator="webhook"):
    id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    url = UnicodeAttribute()
    types = ListAttribute(of=UnicodeAttribute)
    format = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    status = UnicodeAttribute()
    list_id = NumberAttribute(null=True)
    origins = ListAttribute(of=UnicodeAttribute, default=list)
    log_types = ListAttribute(of=UnicodeAttribute, default=list)
    name = UnicodeAttribute()
    other_events = ListAttribute(of=UnicodeAttribute, default=list)
    has_content = BooleanAttribute()
    is_first_only = BooleanAttribute()
    is_ordered = BooleanAttribute()
    rate_limit = NumberAttribute()
    rate_limit_period = UnicodeAttribute()
    archived_at = UTCDateTimeAttribute(null=True)
    disabled_reason = UnicodeAttribute(null=True)
    is_notice_due = BooleanAttribute()
    secret_number = NumberAttribute()
    former_secret_until = UTCDateTimeAttribute(null=True)
    version = NumberAttribute()


class CallbackItem(OutboxTableItem, discriminator="callback"):
    """A callback that is not delivered yet: pk `callbacks#<account>#<webhook>`, sk `<due>#<delivery id>`."""

    event = JSONAttribute()
    account_id = UnicodeAttribute()
    attempts = NumberAttribute()
    queued_at = UnixSeconds()


class DeliveryItem(OutboxTableItem, discriminator="delivery"):
    """The last attempt of a callback: pk `deliveries#<account>#<webhook>`, sk is the delivery id."""

    event = JSONAttribute()
    account_id = UnicodeAttribute()
    status = UnicodeAttribute()
    attempts = NumberAttribute()
    attempted_at = UTCDateTimeAttribute()
    http_status = NumberAttribute(null=True)
    error = UnicodeAttribute(null=True)
    took_ms = NumberAttribute(null=True)
    next_attempt_at = UTCDateTimeAttribute(null=True)


class DispatchStateItem(OutboxTableItem, discriminator="dispatch_state"):
    """The state of sending to a webhook: pk `dispatch_state#<shard>`, sk `<account>#<webhook>`.

    `due_at` is absent while no callback waits. `lease_until` is absent while no worker sends.
    """

    account_id = UnicodeAttribute()
    webhook_id = UnicodeAttribute()
    signal = NumberAttribute(default=0)
    due_at = UnixSeconds(null=True)
    lease_id = UnicodeAttribute(null=True)
    lease_until = UnixSeconds(null=True)
    window_start = NumberAttribute(null=True)
    window_count = NumberAttribute(null=True)
    failures = NumberAttribute(null=True)
    failing_since = UnixSeconds(null=True)
    retry_at = UnixSeconds(null=True)

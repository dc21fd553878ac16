"""Define the outbox table: events for consumers, and callbacks for receivers. Items expire."""

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model

from postrider.kit.settings import table_name


class OutboxTableItem(Model):
    """Events: pk `outbox#<shard>`, sk `<moment>#<account>#<event>`. Callbacks: pk `<kind>#<account>#<webhook>`."""

    class Meta:
        table_name = table_name("outbox")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = TTLAttribute(null=True)

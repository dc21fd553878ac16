"""Define the limits table: the timeline from which senders take leases, and counters of visits. All items expire."""

from pynamodb.attributes import DiscriminatorAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model

from postrider.kit.settings import table_name


class LimitItem(Model):
    """An item. `pk` names the limited resource (ses, ip#…), `sk` the kind and window of the value."""

    class Meta:
        table_name = table_name("limits")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = TTLAttribute(null=True)


class LineItem(LimitItem, discriminator="line"):
    """The timeline of sending: `next_at` is its first free moment, `urgent_at` that of the reserve. Unix microseconds."""

    next_at = NumberAttribute()
    urgent_at = NumberAttribute(null=True)
    parked_until = NumberAttribute(null=True)


class VisitItem(LimitItem, discriminator="visits"):
    """The number of visits in a window."""

    used = NumberAttribute()

"""The limits table: the line of moments that senders take theirs from, and counters of calls; short-lived."""

from pynamodb.attributes import DiscriminatorAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model

from postrider.kit.settings import table_name


class LimitItem(Model):
    """`pk` is what is limited (ses, ip#…), `sk` what is known of it."""

    class Meta:
        table_name = table_name("limits")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = TTLAttribute(null=True)


class LineItem(LimitItem, discriminator="line"):
    """`next_at` is the first moment that nobody has taken; `urgent_at` the first of the reserve. Unix microseconds."""

    next_at = NumberAttribute()
    urgent_at = NumberAttribute(null=True)
    parked_until = NumberAttribute(null=True)


class VisitItem(LimitItem, discriminator="visits"):
    """How often something was done in one stretch of time."""

    used = NumberAttribute()

"""Define the limits table: short-lived items with the use of limits."""

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model

from postrider.kit.settings import table_name


class LimitItem(Model):
    """An item of a limit. `pk` is the limited subject (ses, ip#…), `sk` the kind of the item."""

    class Meta:
        table_name = table_name("limits")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = TTLAttribute(null=True)

"""Define the table for items that expire: tasks and their parts, idempotency records, page markers."""

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model

from postrider.kit.settings import table_name


class JobItem(Model):
    """An item that expires. `pk` is the owner (account#<id>, task#<id>, …), `sk` is `<kind>#<id>`."""

    class Meta:
        table_name = table_name("jobs")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = TTLAttribute(null=True)

"""The table for work in progress and what is kept for a while: tasks and their chunks, idempotency records, bookmarks."""

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model

from postrider.kit.settings import table_name


class JobItem(Model):
    """`pk` is the owner (account#<id>, task#<id>, …), `sk` is `<kind>#<id>`. Everything here expires."""

    class Meta:
        table_name = table_name("jobs")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = TTLAttribute(null=True)

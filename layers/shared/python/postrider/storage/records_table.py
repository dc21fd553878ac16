"""Define the records table: data of accounts beside contacts, such as objects and their relations to contacts."""

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model

from postrider.kit.settings import table_name


class RecordsTableItem(Model):
    """An item of any kind. Every partition key has the account; `objects.table` has the keys of objects and relations."""

    class Meta:
        table_name = table_name("records")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = TTLAttribute(null=True)

"""The suppressions table."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from postrider.kit.settings import table_name
from postrider.storage.dynamo import UnixSeconds


class Recent(GlobalSecondaryIndex[Any]):
    """In order of addition: what was suppressed since a campaign's contacts were read, and the listing."""

    class Meta:
        index_name = "recent"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    added_key = UnicodeAttribute(range_key=True)


class SuppressionItem(Model):
    """`digest` is the keyed hash of a canonical address, or a wildcard in clear; `counter` holds their number.

    `unsettled#<digest>#<call>` stands while a call adds or removes the entry, and stays when that is cut short.
    """

    class Meta:
        table_name = table_name("suppressions")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    account_id = UnicodeAttribute(hash_key=True)
    digest = UnicodeAttribute(range_key=True)
    added_key = UnicodeAttribute(null=True)
    pattern = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    added_at = UnixSeconds(null=True)
    number = NumberAttribute(null=True)
    additions = NumberAttribute(null=True)
    recent = Recent()

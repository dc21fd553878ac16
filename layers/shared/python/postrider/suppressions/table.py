"""Define the suppressions table."""

from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from postrider.kit.settings import table_name
from postrider.storage.dynamo import UnixSeconds
from postrider.storage.jobs_table import JobItem


class Recent(GlobalSecondaryIndex[Any]):
    """The index in order of addition, for listings and for entries added since a moment."""

    class Meta:
        index_name = "recent"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    added_key = UnicodeAttribute(range_key=True)


class SuppressionItem(Model):
    """An entry. `digest` is the keyed hash of a canonical address, or a wildcard as plain text.

    The item `counter` has the number of entries. An item `unsettled#<digest>#<call>` exists while a call adds or
    removes the entry, and remains if the call is interrupted; one item `unsettled#rows#<name>` has the `digests` of many
    entries that an import adds together.
    """

    class Meta:
        table_name = table_name("suppressions")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    account_id = UnicodeAttribute(hash_key=True)
    digest = UnicodeAttribute(range_key=True)
    added_key = UnicodeAttribute(null=True)
    pattern = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    earlier_source = UnicodeAttribute(null=True)
    added_at = UnixSeconds(null=True)
    number = NumberAttribute(null=True)
    additions = NumberAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    digests: ListAttribute[Any] = ListAttribute(null=True)
    recent = Recent()


class LiftedItem(JobItem, discriminator="lifted_suppression"):
    """The address of a removed entry, for the event of its removal; the key has its keyed hash."""

    pattern = UnicodeAttribute()

"""Define the events table: rows of the log, counters, and the links of mails."""

from typing import Any

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from postrider.kit.settings import table_name


class BySource(GlobalSecondaryIndex[Any]):
    """The log of a mail source: the rows about its mails."""

    class Meta:
        index_name = "by_source"
        projection = AllProjection()

    source_key = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class EventsTableItem(Model):
    """Rows: pk `log#<account>#<log>#<family>#<shard>`, sk `<padded row id>#<digest of the event id>`.

    Counters: pk `counters#<account>#<log>`, sk `totals#<shard>#<slot>`, `links#<shard>#<slot>#<item>` or `sent`. A log is a
    source, e.g. `campaign#17`, or `list#<id>`. Rows expire, counters do not.
    """

    class Meta:
        table_name = table_name("events")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    source_key = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    by_source = BySource()

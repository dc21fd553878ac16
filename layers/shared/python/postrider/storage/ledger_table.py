"""Define the ledger table: the rows of recipients, and the runs of mail sources."""

from typing import Any

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from postrider.kit.settings import table_name


class OpenRuns(GlobalSecondaryIndex[Any]):
    """A sparse index of the runs for the schedules: open runs, and finished runs to recount."""

    class Meta:
        index_name = "open_runs"
        projection = IncludeProjection(["kind"])  # models of a shared table filter by it

    open_mark = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class LedgerItem(Model):
    """An item of a run or a recipient.

    Rows: pk `<account>#<source>#<block>`, sk the padded contact id, or the padded number of a copy of a transactional mail.
    Runs: pk `run#<account>#<source>#<run>`.

    Only rows of recipients expire.
    """

    class Meta:
        table_name = table_name("ledger")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    open_mark = UnicodeAttribute(null=True)
    open_runs = OpenRuns()
    expires_at = TTLAttribute(null=True)

"""Define the workflows table: workflows, their actions, and the journeys of contacts."""

from typing import Any

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, LocalSecondaryIndex
from pynamodb.models import Model

from postrider.kit.settings import table_name
from postrider.storage.dynamo import UnixSeconds


class ByWorkflow(LocalSecondaryIndex[Any]):
    """The actions of a workflow, in order of id."""

    class Meta:
        index_name = "by_workflow"
        projection = AllProjection()

    pk = UnicodeAttribute(hash_key=True)
    workflow_key = UnicodeAttribute(range_key=True)


class Clocks(GlobalSecondaryIndex[Any]):
    """A sparse index of the clocks of actions with waiting contacts, of all accounts, in order of their wake-up."""

    class Meta:
        index_name = "clocks"
        projection = IncludeProjection(["kind"])  # models of a shared table filter by it

    clock_mark = UnicodeAttribute(hash_key=True)
    wakes_at = UnixSeconds(range_key=True)


class WorkflowTableItem(Model):
    """Workflows: pk `account#<account>`, sk `workflow#<id>`. Actions: the same pk, sk `action#<id>`; the revisions of their
    contents: sk `revision#<action>#<number>`.

    Active workflows have a second item: pk `active#<account>`, sk `<list>#<trigger>#<id>`. Journeys: see `journeys.table`.
    """

    class Meta:
        table_name = table_name("workflows")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    workflow_key = UnicodeAttribute(null=True)
    clock_mark = UnicodeAttribute(null=True)
    wakes_at = UnixSeconds(null=True)
    expires_at = TTLAttribute(null=True)
    by_workflow = ByWorkflow()
    clocks = Clocks()

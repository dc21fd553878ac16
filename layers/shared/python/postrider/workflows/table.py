"""The workflows table: workflows and their actions. What moves contacts through them is kept in it under other keys."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import AllProjection, LocalSecondaryIndex
from pynamodb.models import Model

from postrider.kit.settings import table_name


class ByWorkflow(LocalSecondaryIndex[Any]):
    """The actions of a workflow, in order of id."""

    class Meta:
        index_name = "by_workflow"
        projection = AllProjection()

    pk = UnicodeAttribute(hash_key=True)
    workflow_key = UnicodeAttribute(range_key=True)


class WorkflowTableItem(Model):
    """Workflows: pk `account#<account>`, sk `workflow#<id>`. Actions: the same pk, sk `action#<id>`; the revisions of their
    contents: sk `revision#<action>#<number>`.

    Active workflows once more: pk `active#<account>`, sk `<list>#<trigger>#<id>`.
    """

    class Meta:
        table_name = table_name("workflows")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    workflow_key = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    by_workflow = ByWorkflow()


class WorkflowItem(WorkflowTableItem, discriminator="workflow"):
    id = NumberAttribute()
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    trigger = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    name = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    goal = UnicodeAttribute(null=True)
    segment_id = NumberAttribute(null=True)
    status = UnicodeAttribute()
    activation = NumberAttribute()
    activated_at = UTCDateTimeAttribute(null=True)
    lock_key_hash = UnicodeAttribute(null=True)
    locked_until = UTCDateTimeAttribute(null=True)
    version = NumberAttribute()


class ActionItem(WorkflowTableItem, discriminator="action"):
    id = NumberAttribute()
    account_id = UnicodeAttribute()
    workflow_id = NumberAttribute()
    name = UnicodeAttribute()
    condition = UnicodeAttribute()
    delay_s = NumberAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    parent_id = NumberAttribute(null=True)
    tracking = JSONAttribute()
    sender_id = UnicodeAttribute(null=True)
    sender_name = UnicodeAttribute(null=True)
    revision = NumberAttribute()
    content_id = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    has_html = BooleanAttribute()
    has_text = BooleanAttribute()
    content_hash = UnicodeAttribute(null=True)
    content_updated_at = UTCDateTimeAttribute(null=True)


class ActionRevisionItem(WorkflowTableItem, discriminator="action_revision"):
    content_id = UnicodeAttribute()


class ActiveWorkflowItem(WorkflowTableItem, discriminator="active_workflow"):
    """An active workflow, found by its list and trigger; `sender_ids` are those of its actions."""

    workflow_id = NumberAttribute()
    segment_id = NumberAttribute(null=True)
    sender_ids = UnicodeSetAttribute(null=True)

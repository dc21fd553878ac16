"""Workflows and their actions, in the workflows table."""

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)

from postrider.storage.content_attributes import ContentAttributes
from postrider.storage.workflows_table import WorkflowTableItem


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


class ActionItem(ContentAttributes, WorkflowTableItem, discriminator="action"):
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
    content_updated_at = UTCDateTimeAttribute(null=True)


class ActionRevisionItem(WorkflowTableItem, discriminator="action_revision"):
    content_id = UnicodeAttribute()


class ActiveWorkflowItem(WorkflowTableItem, discriminator="active_workflow"):
    """An active workflow, found by its list and trigger; `sender_ids` are the senders of its actions."""

    workflow_id = NumberAttribute()
    segment_id = NumberAttribute(null=True)
    sender_ids = UnicodeSetAttribute(null=True)

"""The table of campaigns and their revisions, with a local index for each order of the listing."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, LocalSecondaryIndex
from pynamodb.models import Model

from postrider.kit.settings import table_name
from postrider.storage.content_attributes import ContentAttributes


class ByName(LocalSecondaryIndex[Any]):
    class Meta:
        index_name = "by_name"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class ByUpdated(LocalSecondaryIndex[Any]):
    class Meta:
        index_name = "by_updated"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    updated_key = UnicodeAttribute(range_key=True)


class ByScheduledFor(LocalSecondaryIndex[Any]):
    class Meta:
        index_name = "by_scheduled_for"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    scheduled_for_key = UnicodeAttribute(range_key=True)


class ByScheduledAt(LocalSecondaryIndex[Any]):
    class Meta:
        index_name = "by_scheduled_at"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    scheduled_at_key = UnicodeAttribute(range_key=True)


class UnfinishedOfAccount(LocalSecondaryIndex[Any]):
    """Sparse: the scheduled and delivering campaigns of an account, which are read consistently."""

    class Meta:
        index_name = "unfinished_of_account"
        projection = IncludeProjection(["kind", "segment_id", "sender_id", "variant_sender_ids"])

    account_id = UnicodeAttribute(hash_key=True)
    unfinished = UnicodeAttribute(range_key=True)
    segment_id = NumberAttribute()
    sender_id = UnicodeAttribute()
    variant_sender_ids = UnicodeSetAttribute()


class Unfinished(GlobalSecondaryIndex[Any]):
    """Sparse: the scheduled and delivering campaigns of all accounts, for the sweeper."""

    class Meta:
        index_name = "unfinished"
        projection = IncludeProjection(["kind"])  # models of a shared table filter by kind

    unfinished = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute(range_key=True)


class CampaignTableItem(Model):
    """`sk` is campaign#<id>, child#<id>, revision#<id>#<number>, sends#<id>#<number>, or send_count#<id>."""

    class Meta:
        table_name = table_name("campaigns")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    account_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    name_key = UnicodeAttribute(null=True)
    updated_key = UnicodeAttribute(null=True)
    scheduled_for_key = UnicodeAttribute(null=True)
    scheduled_at_key = UnicodeAttribute(null=True)
    unfinished = UnicodeAttribute(null=True)
    by_name = ByName()
    by_updated = ByUpdated()
    by_scheduled_for = ByScheduledFor()
    by_scheduled_at = ByScheduledAt()
    unfinished_index = Unfinished()
    unfinished_of_account = UnfinishedOfAccount()


class CampaignItem(ContentAttributes, CampaignTableItem, discriminator="campaign"):
    id = NumberAttribute()
    name = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    type = UnicodeAttribute()
    suspended = BooleanAttribute()
    pause_reason = UnicodeAttribute(null=True)
    list_id = NumberAttribute(null=True)
    segment_id = NumberAttribute(null=True)
    tracking = JSONAttribute()
    sender_id = UnicodeAttribute(null=True)
    sender_name = UnicodeAttribute(null=True)
    reply_to_email = UnicodeAttribute(null=True)
    revision = NumberAttribute()
    content_updated_at = UTCDateTimeAttribute(null=True)
    variants_id = UnicodeAttribute(null=True)
    variant_ids = JSONAttribute(null=True)
    variant_sender_ids = UnicodeSetAttribute(null=True)
    scheduled_for = UTCDateTimeAttribute(null=True)
    scheduled_at = UTCDateTimeAttribute(null=True)
    delivery_finished_at = UTCDateTimeAttribute(null=True)
    former_status = UnicodeAttribute(null=True)
    run_id = UnicodeAttribute(null=True)
    triggered = BooleanAttribute(default=False)
    parent_id = NumberAttribute(null=True)
    number = NumberAttribute(null=True)
    audience_id = UnicodeAttribute(null=True)
    audience_segment_ids = JSONAttribute(null=True)
    recipients = NumberAttribute(null=True)
    refusal = UnicodeAttribute(null=True)
    problems = NumberAttribute(default=0)
    version = NumberAttribute()


class RevisionItem(CampaignTableItem, discriminator="revision"):
    """An earlier revision; the campaign itself names the content of the latest one."""

    number = NumberAttribute()
    content_id = UnicodeAttribute()
    variants_id = UnicodeAttribute(null=True)
    made_at = UTCDateTimeAttribute()


class NumberedChildItem(CampaignTableItem, discriminator="send"):
    """The child of a triggered campaign with a number."""

    campaign_id = NumberAttribute()


class SendCountItem(CampaignTableItem, discriminator="send_count"):
    """The last child number of a triggered campaign. These items also list the triggered campaigns of an account."""

    last_number = NumberAttribute(default=0)

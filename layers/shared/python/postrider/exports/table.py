"""Numbered exports in the jobs table, which live as long as their tasks."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.jobs_table import JobItem


class ExportItem(JobItem, discriminator="export"):
    """sk `export#<padded number>`."""

    number = NumberAttribute()
    account_id = UnicodeAttribute()
    export_kind = UnicodeAttribute()
    task_id = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    downloads = NumberAttribute(default=0)

"""Imports by their numbers, and imports whose contacts are not written yet, in the jobs table."""

from pynamodb.attributes import JSONAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.jobs_table import JobItem


class PendingImportItem(JobItem, discriminator="pending_import"):
    """The ids that an import has allocated: pk `pending#<account>#<list>`, sk `import#<id>`.

    `runs` has the first and the last id of each run of consecutive ids. The item is deleted when the contacts are written.
    """

    runs = JSONAttribute()


class DataImportItem(JobItem, discriminator="data_import"):
    """An import by its number: pk `account#<account>`, sk `data_import#<padded number>`."""

    name = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    options = JSONAttribute()
    task_id = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()

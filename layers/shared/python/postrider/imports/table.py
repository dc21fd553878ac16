"""Imports whose contacts are not written yet, in the jobs table."""

from pynamodb.attributes import JSONAttribute

from postrider.storage.jobs_table import JobItem


class PendingImportItem(JobItem, discriminator="pending_import"):
    """The ids that an import gave to contacts: pk `pending#<account>#<list>`, sk `import#<id>`.

    `runs` has the first and the last id of each run of consecutive ids. The item is deleted when the contacts are written.
    """

    runs = JSONAttribute()

"""Tasks in the jobs table; each finished part is a separate item, so that it counts once."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.jobs_table import JobItem


class TaskItem(JobItem, discriminator="task"):
    id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    type = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    list_id = NumberAttribute(null=True)
    description = UnicodeAttribute(null=True)
    requested_by = JSONAttribute()
    payload = JSONAttribute()
    total = NumberAttribute(default=0)
    done = NumberAttribute(default=0)
    result = JSONAttribute()
    progressed_at = UTCDateTimeAttribute(null=True)


class TaskPartItem(JobItem, discriminator="task_part"):
    """A finished part of a task; `outcome` is its input to the last step (counts, keys of objects)."""

    outcome = JSONAttribute()

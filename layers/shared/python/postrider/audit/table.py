"""Define the entries of the audit log in the table of items that expire."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.jobs_table import JobItem


class ChangeItem(JobItem, discriminator="change"):
    """`pk` is `audit#<account>`, `sk` the milliseconds of the change and its id, so that keys are in order of time."""

    id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    user_id = UnicodeAttribute()
    email = UnicodeAttribute()
    user_account_id = UnicodeAttribute()
    token_id = UnicodeAttribute()
    ip = UnicodeAttribute(null=True)
    dialect = UnicodeAttribute()
    noun = UnicodeAttribute()
    method = UnicodeAttribute()
    route = UnicodeAttribute()
    path = UnicodeAttribute()

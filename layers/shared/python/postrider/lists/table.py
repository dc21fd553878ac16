"""Lists in the accounts table."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class ListItem(AccountsTableItem, discriminator="list"):
    id = NumberAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    status = UnicodeAttribute()
    default_sender_id = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    language = UnicodeAttribute()
    policy_accepted = BooleanAttribute()
    open_attributes = BooleanAttribute()
    redirections = JSONAttribute()
    webhook = JSONAttribute()
    settings = JSONAttribute(default=dict)

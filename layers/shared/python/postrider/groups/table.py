"""Groups in the accounts table."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class GroupItem(AccountsTableItem, discriminator="group"):
    """sk `group#<padded id>`."""

    id = NumberAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    purpose = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    public = BooleanAttribute()
    active = BooleanAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()


class GroupNameItem(AccountsTableItem, discriminator="groupname"):
    """sk `groupname#<name>`: makes the name unique, and finds the group by it."""

    group_id = NumberAttribute()

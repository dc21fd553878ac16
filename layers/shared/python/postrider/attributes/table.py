"""Custom attributes in the accounts table."""

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class AttributeItem(AccountsTableItem, discriminator="attribute"):
    """sk `attribute#<padded list>#<name>`: the name is unique within the list."""

    id = NumberAttribute()
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    name = UnicodeAttribute()
    type = UnicodeAttribute()
    format = UnicodeAttribute()
    required = BooleanAttribute()
    default = UnicodeAttribute()
    options: ListAttribute[str] = ListAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

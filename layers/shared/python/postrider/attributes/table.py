"""Custom attributes in the accounts table."""

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

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
    label = UnicodeAttribute(default="")
    merge_tag = UnicodeAttribute(default="")
    order = NumberAttribute(default=0)
    help_text = UnicodeAttribute(default="")
    is_public = BooleanAttribute(default=True)
    display = JSONAttribute(default=dict)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

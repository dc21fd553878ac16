"""Define the items of accounts in the accounts table."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class AccountItem(AccountsTableItem, discriminator="account"):
    id = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    lineage = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    last_activity_at = UTCDateTimeAttribute()
    open_status = UnicodeAttribute(default="active")
    former_status = UnicodeAttribute(null=True)
    owner_user_id = UnicodeAttribute(null=True)
    default_list_id = NumberAttribute(null=True)
    address = JSONAttribute(default=dict)
    phone = UnicodeAttribute(null=True)
    fax = UnicodeAttribute(null=True)
    website = UnicodeAttribute(null=True)
    logo = UnicodeAttribute(default="")
    color = UnicodeAttribute(null=True)
    partner = BooleanAttribute(default=False)
    usage_limits = JSONAttribute(default=dict)
    overrides = JSONAttribute(default=dict)
    domains = JSONAttribute(default=dict)


class SubAccountItem(AccountsTableItem, discriminator="sub_account"):
    """An account below the account of the partition key, at any depth; its sort key has its lineage."""

    account_id = UnicodeAttribute()

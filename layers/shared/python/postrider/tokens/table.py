"""Define the items of refresh tokens in the accounts table, by their hash."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class RefreshItem(AccountsTableItem, discriminator="refresh"):
    account_id = UnicodeAttribute()
    user_account_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    scopes = UnicodeSetAttribute()
    lifetime_s = NumberAttribute()
    issued_at = UTCDateTimeAttribute()

"""Define the items of sessions in the accounts table, by the hash of their id."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class SessionItem(AccountsTableItem, discriminator="session"):
    secret_hash = UnicodeAttribute()
    account_id = UnicodeAttribute()
    user_account_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    scopes = UnicodeSetAttribute()
    lifetime_s = NumberAttribute()
    issued_at = UTCDateTimeAttribute()

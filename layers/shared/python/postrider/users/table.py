"""Define the items of users, logins and mailed links in the accounts table."""

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class UserItem(AccountsTableItem, discriminator="user"):
    id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    email = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    tokens_valid_from = UTCDateTimeAttribute()
    password_hash = UnicodeAttribute(null=True)
    password_changed_at = UTCDateTimeAttribute(null=True)
    confirmed_at = UTCDateTimeAttribute(null=True)
    last_confirmation_sent_at = UTCDateTimeAttribute(null=True)
    last_activity_at = UTCDateTimeAttribute(null=True)
    expires_at_time = UTCDateTimeAttribute(null=True)
    first_name = UnicodeAttribute(null=True)
    last_name = UnicodeAttribute(null=True)
    title = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    timezone = UnicodeAttribute(null=True)
    office_phone = UnicodeAttribute(null=True)
    mobile_phone = UnicodeAttribute(null=True)
    scopes = UnicodeSetAttribute()


class LoginItem(AccountsTableItem, discriminator="login"):
    account_id = UnicodeAttribute()
    user_id = UnicodeAttribute()


class UserLinkItem(AccountsTableItem, discriminator="user_link"):
    """A mailed link; its key is the hash of its secret."""

    purpose = UnicodeAttribute()
    account_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()

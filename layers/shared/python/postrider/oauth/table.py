"""Authorization codes in the accounts table."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class AuthorizationCodeItem(AccountsTableItem, discriminator="oauth_code"):
    client_id = UnicodeAttribute()
    redirect_uri = UnicodeAttribute()
    rights = UnicodeSetAttribute()
    has_scope = BooleanAttribute()
    challenge = UnicodeAttribute(null=True)
    account_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    credential_id = UnicodeAttribute(null=True)

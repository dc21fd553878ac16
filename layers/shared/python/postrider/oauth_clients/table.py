"""Programs in the accounts table."""

from pynamodb.attributes import ListAttribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class OAuthClientItem(AccountsTableItem, discriminator="oauth_client"):
    id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    redirect_uris = ListAttribute(of=UnicodeAttribute)
    rights = UnicodeSetAttribute()
    secret_hash = UnicodeAttribute(null=True)
    created_by = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()


class OAuthClientOwnerItem(AccountsTableItem, discriminator="oauth_client_owner"):
    """The account of a program, by the program's id."""

    account_id = UnicodeAttribute()

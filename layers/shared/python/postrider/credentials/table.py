"""Credentials in the accounts table, and their last uses in the jobs table, to which more functions may write."""

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem
from postrider.storage.jobs_table import JobItem


class CredentialItem(AccountsTableItem, discriminator="credential"):
    id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    dialect = UnicodeAttribute()
    public = UnicodeAttribute(null=True)
    secret_hash = UnicodeAttribute()
    hint = UnicodeAttribute()
    scopes = UnicodeSetAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    created_by = UnicodeAttribute()
    created_in = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    client_id = UnicodeAttribute(null=True)
    client_account_id = UnicodeAttribute(null=True)


class CredentialOwnerItem(AccountsTableItem, discriminator="credential_owner"):
    """The account and id of a credential, by its dialect and handle."""

    account_id = UnicodeAttribute()
    credential_id = UnicodeAttribute()


class CredentialUseItem(JobItem, discriminator="credential_use"):
    used_at = UTCDateTimeAttribute()

"""Snippets in the accounts table."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class SnippetItem(AccountsTableItem, discriminator="snippet"):
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    value = UnicodeAttribute()
    updated_at = UTCDateTimeAttribute()


class FormerSnippetItem(AccountsTableItem, discriminator="former_snippet"):
    """A former value of a snippet, from `updated_at` to the moment in the key."""

    value = UnicodeAttribute()
    updated_at = UTCDateTimeAttribute()

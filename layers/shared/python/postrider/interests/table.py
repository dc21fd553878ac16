"""Interests in the accounts table."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class InterestItem(AccountsTableItem, discriminator="interest"):
    """sk `interest#<padded list>#<name>`: the name is unique within the list."""

    id = NumberAttribute()
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    name = UnicodeAttribute()
    alias = UnicodeAttribute(null=True)

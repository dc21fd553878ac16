"""Uses in the accounts table."""

from pynamodb.attributes import UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class UseItem(AccountsTableItem, discriminator="use"):
    """sk `uses#<kind>#<name>#<kind of the owner>#<id of the owner>`."""

    noted_at = UTCDateTimeAttribute()

"""Senders and their pending confirmations in the accounts table."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class SenderItem(AccountsTableItem, discriminator="sender"):
    id = UnicodeAttribute()
    number = NumberAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    confirmed = BooleanAttribute()
    created_at = UTCDateTimeAttribute()
    language = UnicodeAttribute(null=True)
    confirmed_at = UTCDateTimeAttribute(null=True)
    last_confirmation_sent_at = UTCDateTimeAttribute(null=True)


class SenderNameItem(AccountsTableItem, discriminator="sender_name"):
    """The sender with an address, or with a number; its key holds one of them, so that no two senders have the same."""

    sender_id = UnicodeAttribute()


class SenderConfirmationItem(AccountsTableItem, discriminator="sender_confirmation"):
    """Its key is the hash of the secret in the mailed link. It is kept until it expires, so that a second click does no harm."""

    account_id = UnicodeAttribute()
    sender_id = UnicodeAttribute()

"""Senders and their pending confirmations in the accounts table."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class SenderItem(AccountsTableItem, discriminator="sender"):
    id = UnicodeAttribute()
    numeric_id = NumberAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    confirmed = BooleanAttribute()
    created_at = UTCDateTimeAttribute()
    language = UnicodeAttribute(null=True)
    confirmed_at = UTCDateTimeAttribute(null=True)
    last_confirmation_sent_at = UTCDateTimeAttribute(null=True)


class SenderNameItem(AccountsTableItem, discriminator="sender_name"):
    """The sender with an address or a numeric id, which is in the key, so that both are unique."""

    sender_id = UnicodeAttribute()


class SenderConfirmationItem(AccountsTableItem, discriminator="sender_confirmation"):
    """A pending confirmation; its key is the hash of the secret in the link. It is kept until its expiry: a link can be
    opened twice."""

    account_id = UnicodeAttribute()
    sender_id = UnicodeAttribute()

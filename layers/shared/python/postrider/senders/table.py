"""Senders and their pending confirmations in the directory table."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.directory import DirectoryItem


class SenderItem(DirectoryItem, discriminator="sender"):
    id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    confirmed = BooleanAttribute()
    created_at = UTCDateTimeAttribute()
    language = UnicodeAttribute(null=True)
    confirmed_at = UTCDateTimeAttribute(null=True)
    last_confirmation_sent_at = UTCDateTimeAttribute(null=True)


class SenderConfirmationItem(DirectoryItem, discriminator="sender_confirmation"):
    """Found by the hash of the secret in the mailed link; kept until it expires, so that a second click does no harm."""

    account_id = UnicodeAttribute()
    sender_id = UnicodeAttribute()

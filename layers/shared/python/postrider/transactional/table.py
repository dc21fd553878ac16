"""Copies of transactional mails in the ledger table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from postrider.storage.dynamo import UnixSeconds
from postrider.storage.ledger_table import LedgerItem


class MailCopyItem(LedgerItem, discriminator="mail_copy"):
    """A copy. It is smaller than 1 KB unless its mail has many headers: a claim and an outcome cost one write unit each.

    `postrider.mail_events` reads mailbox, group_id and sent_at, and adds the activity of the recipient.
    """

    created_at = UnixSeconds()
    outcome = UnicodeAttribute()
    claim = UnicodeAttribute()
    attempts = NumberAttribute()
    claim_until = UnixSeconds(null=True)
    reason = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    sent_at = UnixSeconds(null=True)
    decided_at = UnixSeconds(null=True)
    email = UnicodeAttribute(null=True)
    mailbox = UnicodeAttribute()
    group_id = NumberAttribute(null=True)
    subject = UnicodeAttribute()
    sender_name = UnicodeAttribute()
    sender_email = UnicodeAttribute()
    headers = JSONAttribute(null=True)
    failure = UnicodeAttribute(null=True)
    template_id = NumberAttribute(null=True)
    list_id = NumberAttribute(null=True)
    contact_id = NumberAttribute(null=True)

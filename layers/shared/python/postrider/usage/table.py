"""The campaigns of an account that may still send mails, in the limits table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute

from postrider.storage.limits_table import LimitItem


class ReservationsItem(LimitItem, discriminator="reservations"):
    """The numbers of recipients by campaign id, of campaigns that were starting or sending when the item was written."""

    recipients = JSONAttribute()
    version = NumberAttribute()

"""Reserved and accepted mails of an account, in the limits table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute

from postrider.storage.limits_table import LimitItem


class ReservationsItem(LimitItem, discriminator="reservations"):
    """The numbers of recipients by campaign id, of campaigns that were starting or sending when the item was written."""

    recipients = JSONAttribute()
    version = NumberAttribute()


class AcceptedMailsItem(LimitItem, discriminator="accepted"):
    """The number of accepted transactional mails of a period, among them those that were sent."""

    mails = NumberAttribute()

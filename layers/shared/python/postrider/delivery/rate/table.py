"""The moments at which mail may leave, in the limits table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute

from postrider.storage.limits_table import LimitItem


class LineItem(LimitItem, discriminator="line"):
    """The line of moments: `next_at` is the first free moment, `urgent_at` that of the reserve, in Unix microseconds.

    `limits` has the latest limits of the mailer, for which a sender asked at `limits_asked_at`.
    """

    next_at = NumberAttribute()
    urgent_at = NumberAttribute(null=True)
    parked_until = NumberAttribute(null=True)
    limits = JSONAttribute(null=True)
    limits_asked_at = NumberAttribute(null=True)

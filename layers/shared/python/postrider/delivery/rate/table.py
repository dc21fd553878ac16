"""The moments at which mail may be sent, in the limits table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute

from postrider.storage.limits_table import LimitItem


class TimelineItem(LimitItem, discriminator="timeline"):
    """The sequence of moments: `next_at` is the first free moment, `urgent_at` of the reserve, in Unix microseconds.

    `limits` has the latest limits of the mailer, which a sender requested at `limits_requested_at`.
    """

    next_at = NumberAttribute()
    urgent_at = NumberAttribute(null=True)
    parked_until = NumberAttribute(null=True)
    limits = JSONAttribute(null=True)
    limits_requested_at = NumberAttribute(null=True)

"""Define counters of visits, and turns, in the limits table."""

from pynamodb.attributes import NumberAttribute

from postrider.storage.limits_table import LimitItem


class VisitItem(LimitItem, discriminator="visits"):
    """The number of visits in a window."""

    used = NumberAttribute()


class TurnItem(LimitItem, discriminator="turn"):
    """The moment, in Unix milliseconds, from which the next act is allowed."""

    next_at = NumberAttribute()

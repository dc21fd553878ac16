"""Define counters of visits, turns, and calls in flight, in the limits table."""

from pynamodb.attributes import NumberAttribute, NumberSetAttribute

from postrider.storage.limits_table import LimitItem


class VisitItem(LimitItem, discriminator="visits"):
    """The number of visits in a window."""

    used = NumberAttribute()


class TurnItem(LimitItem, discriminator="turn"):
    """The moment, in Unix milliseconds, from which the next act is allowed."""

    next_at = NumberAttribute()


class FlightsItem(LimitItem, discriminator="flights"):
    """The calls of a caller that are in flight."""

    numbers = NumberSetAttribute(null=True)

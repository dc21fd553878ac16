"""Define counters of visits in the limits table."""

from pynamodb.attributes import NumberAttribute

from postrider.storage.limits_table import LimitItem


class VisitItem(LimitItem, discriminator="visits"):
    """The number of visits in a window."""

    used = NumberAttribute()

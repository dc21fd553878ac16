"""Counters of visits in the limits table."""

from pynamodb.attributes import NumberAttribute

from postrider.storage.limits_table import LimitItem


class VisitItem(LimitItem, discriminator="visits"):
    """How often something was done in one stretch of time."""

    used = NumberAttribute()

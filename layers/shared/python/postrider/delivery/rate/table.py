"""The moments at which mail may leave, in the limits table."""

from pynamodb.attributes import NumberAttribute

from postrider.storage.limits_table import LimitItem


class LineItem(LimitItem, discriminator="line"):
    """`next_at` is the first moment that nobody has taken; `urgent_at` the first of the reserve. Unix microseconds."""

    next_at = NumberAttribute()
    urgent_at = NumberAttribute(null=True)
    parked_until = NumberAttribute(null=True)

"""How fast marketing mail may go, given what the mailer allows."""

SHARE = 0.95
"""Of the mailer's rate; the rest is the reserve for transactional mail, and what clocks and networks differ by."""
DAILY_SHARE = 0.99
"""Of the daily quota; the rest is the reserve for transactional mail."""
MIN_SPACING_S = 0.005
"""One sender does not dispatch faster than this: 200 recipients a second is what a process can do."""
TOLERANCE_S = 0.02
"""Mail this late still leaves: (1 + this) times SHARE of the rate is below the rate."""
LEAD_S = 0.05
"""From taking a moment to using it: what claiming the recipients takes."""
MAX_LEASE_S = 20.0
"""At a low rate a lease covers this long, so that a sender does not hold moments that it may not come to use."""


def marketing_rate(max_per_second: float) -> float:
    """Recipients per second; the rate itself where it is too small to be shared."""
    return max_per_second * SHARE


def lease_size(wanted: int, rate: float) -> int:
    return max(1, min(wanted, int(rate * MAX_LEASE_S)))


def spacing_s(rate: float) -> float:
    """Between two recipients of one lease. Above 200/s the leases of several senders overlap; their sum keeps the rate."""
    return max(1 / rate, MIN_SPACING_S)

"""Rules of the rate, pure: how fast marketing mail may leave, given the limits of the mailer."""

SHARE = 0.95
"""Of the mailer's rate for marketing mail; the rest is a reserve for transactional mail and for differences of clocks."""
DAILY_SHARE = 0.99
"""Of the daily quota for marketing mail; the rest is a reserve for transactional mail."""
MIN_SPACING_S = 0.005
"""Of one sender: a process can send about 200 mails a second."""
TOLERANCE_S = 0.02
"""A mail that is this late still leaves: (1 + this) times SHARE of the rate is below the rate."""
LEAD_S = 0.05
"""Time from taking a moment to using it: recipients are claimed in between."""
MAX_LEASE_S = 20.0
"""Of a lease at a low rate, so that a sender does not hold moments that it may not use."""


def marketing_rate(max_per_second: float) -> float:
    """Return the mails a second that campaigns may use."""
    return max_per_second * SHARE


def lease_size(wanted: int, rate: float) -> int:
    return max(1, min(wanted, int(rate * MAX_LEASE_S)))


def spacing_s(rate: float) -> float:
    """Return the time between two mails of a lease; above 200/s the leases of several senders overlap and keep the rate."""
    return max(1 / rate, MIN_SPACING_S)

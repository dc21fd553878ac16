"""Pure rules of the rate: how fast marketing mail may leave under the limits of the mailer."""

SHARE = 0.95
"""Share of the rate for marketing mail; the rest is a reserve for transactional mail and for differences of clocks."""
DAILY_SHARE = 0.99
"""Share of the daily quota for marketing mail; the rest is a reserve for transactional mail."""
MIN_SPACING_S = 0.005
"""Minimum spacing of a sender: a process can send about 200 mails a second."""
TOLERANCE_S = 0.02
"""Seconds that a mail may be late: (1 + this) times SHARE of the rate is below the rate."""
LEAD_S = 0.05
"""Seconds between a lease and its first moment, in which recipients are claimed."""
MAX_LEASE_S = 20.0
"""Maximum length of a lease, so that at a low rate a sender does not reserve moments that it cannot use."""


def marketing_rate(max_per_second: float) -> float:
    """Return the rate of marketing mail, in mails a second."""
    return max_per_second * SHARE


def lease_size(wanted: int, rate: float) -> int:
    """Return the number of mails of a lease."""
    return max(1, min(wanted, int(rate * MAX_LEASE_S)))


def spacing_s(rate: float) -> float:
    """Return the time between two mails of a lease; above 200/s the leases of several senders overlap and keep the rate."""
    return max(1 / rate, MIN_SPACING_S)

"""Pure rules of the rate: the speed of marketing mail under the limits of the mailer."""

import math

SHARE = 0.95
"""Share of the rate for marketing mail; the rest is a reserve for transactional mail and for differences of clocks."""
DAILY_SHARE = 0.99
"""Share of the daily quota for marketing mail; the rest is a reserve for transactional mail."""
LIMITS_KEPT_S = 60
"""Time after which a sender requests the limits of the mailer again, for all senders."""
TOLERANCE_S = 0.04
"""Maximum delay of a mail in seconds: (1 + this) times SHARE of the rate is below the rate."""
MAX_WAIT_S = 10.0
"""The longest wait of a sender for its turn, because waiting in Lambda costs money; longer waits are delayed messages."""
GROUP_S = 2.0
"""The longest time from the first to the last mail of a lease, so that a pause takes effect soon."""
GROUP_SIZES = (50, 25)
"""Sizes of leases: a chunk, or at a low rate the number of rows that one call claims."""
MIN_SPACING_S, MAX_SPACING_S = 0.004, 0.02
"""Bounds of the time of a process for each mail: it makes about 250 calls a second, fewer on a slow processor."""
LEAD_S = 0.25
MIN_LEAD_S, MAX_LEAD_S = 0.02, 1.0
"""The initial value and the bounds of the learned time in which a process reads and claims the recipients of a lease."""
SAFETY = 1.25
"""Factor between the duration of the last preparation and the time reserved for the next one."""
LEAD_KEPT = 0.75
"""The share of a longer learned preparation that is kept after a shorter one."""
FORGETTING = 0.95
"""Factor by which the time for a mail shrinks after each lease without delays."""
LATE_S, EASY_S = TOLERANCE_S / 2, TOLERANCE_S / 8
"""Delays against the moments: above the first, a process gets more time for each mail, below the second less."""
MAILS_PER_SENDER = 150
"""Guaranteed number of mails a second of a sender with the memory of its function; see docs/benchmarks.md."""


def senders_for(max_per_second: float) -> int:
    """Return the number of senders for this rate, one of which may be between two leases.

    Their number is even: SQS gives a free sender to the account with fewer chunks in hand, so two accounts have equally many.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """
    needed = math.ceil(max_per_second / MAILS_PER_SENDER) + 1
    return max(2, needed + needed % 2)


def marketing_rate(max_per_second: float) -> float:
    """Return the rate of marketing mail, in mails a second."""
    return max_per_second * SHARE


def lease_size(wanted: int, spacing_s: float) -> int:
    """Return the number of mails of a lease: as many as are sent within GROUP_S, in calls of 25."""
    near = max(1, int(GROUP_S / spacing_s))
    return min(wanted, next((size for size in GROUP_SIZES if size <= near), near))


def spacing_s(rate: float, needed_s: float) -> float:
    """Return the time between two mails of a lease.

    `needed_s` is the time that the process needs for a mail. If it is longer than the rate requires, the leases of several
    senders overlap, and all senders together keep the rate.
    """
    return max(1 / rate, needed_s)

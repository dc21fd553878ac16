"""Learn how fast a process prepares and sends mails, so that its leases fit to it."""

from dataclasses import dataclass

from postrider.delivery.rate import rules


@dataclass
class Pace:
    """The time that a process needs to prepare a lease (`lead_s`), and to send each of its mails (`spacing_s`)."""

    lead_s: float = rules.LEAD_S
    spacing_s: float = rules.MIN_SPACING_S

    def learn_preparation(self, took_s: float, mails: int) -> None:
        """Take note of the time from the end of the wait until the recipients were claimed.

        A longer time counts at once, a shorter one by and by, and only if the lease was not a small rest.
        """
        needed_s = took_s * rules.SAFETY
        if needed_s < self.lead_s:
            is_full = mails >= min(rules.GROUP_SIZES)
            needed_s = needed_s + (self.lead_s - needed_s) * rules.LEAD_KEPT if is_full else self.lead_s
        self.lead_s = min(max(needed_s, rules.MIN_LEAD_S), rules.MAX_LEAD_S)

    def learn_sending(self, spacing_s: float, fell_behind_s: float) -> None:
        """Take note of the time between the mails of a lease, and of how far they fell behind its moments."""
        if fell_behind_s > rules.LATE_S:
            needed_s = spacing_s
        elif fell_behind_s < rules.EASY_S:
            needed_s = self.spacing_s * rules.FORGETTING
        else:
            return
        self.spacing_s = min(max(needed_s, rules.MIN_SPACING_S), rules.MAX_SPACING_S)

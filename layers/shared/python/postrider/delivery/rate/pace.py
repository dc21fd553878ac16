"""Learn the speed at which a process prepares and sends mails, for the size of its leases."""

from dataclasses import dataclass

from postrider.delivery.rate import rules


@dataclass
class Pace:
    """The time that a process needs to prepare a lease (`lead_s`), and to send each of its mails (`spacing_s`)."""

    lead_s: float = rules.LEAD_S
    spacing_s: float = rules.MIN_SPACING_S

    def learn_preparation(self, took_s: float, mails: int) -> None:
        """Learn from the time between the end of the wait and the claim of the recipients.

        A longer time is used at once, a shorter one gradually, and only if the lease was not a small remainder.
        """
        needed_s = took_s * rules.SAFETY
        if needed_s < self.lead_s:
            is_full = mails >= min(rules.GROUP_SIZES)
            needed_s = needed_s + (self.lead_s - needed_s) * rules.LEAD_KEPT if is_full else self.lead_s
        self.lead_s = min(max(needed_s, rules.MIN_LEAD_S), rules.MAX_LEAD_S)

    def learn_sending(self, spacing_s: float, fell_behind_s: float) -> None:
        """Learn from the time between the mails of a lease, and from their delay against its moments."""
        if fell_behind_s > rules.LATE_S:
            needed_s = spacing_s
        elif fell_behind_s < rules.EASY_S:
            needed_s = self.spacing_s * rules.FORGETTING
        else:
            return
        self.spacing_s = min(max(needed_s, rules.MIN_SPACING_S), rules.MAX_SPACING_S)

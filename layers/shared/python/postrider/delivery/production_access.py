"""Check before a start that the mailer may send to the recipients: without production access, all must be verified."""

from collections.abc import Collection, Iterator

from postrider.delivery.audience import Audience, FrozenAudience
from postrider.delivery.rate.service import RateService
from postrider.kit.errors import Invalid
from postrider.ports.mailer import LimitsUnknown, Mailer

MAX_RECIPIENTS = 200
"""https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html: the sandbox sends 200 mails a day."""
MAX_BLOCKS = 20
"""Maximum number of blocks of a list that are searched for recipients."""
NAMED = 3
"""Maximum number of unverified recipients that the message names."""


class ProductionAccessCheck:
    def __init__(self, rates: RateService, mailer: Mailer, audience: Audience) -> None:
        self._rates, self._mailer, self._audience = rates, mailer, audience

    def check(self, account_id: str, list_id: int, segment_id: int | None, audience_id: str | None = None) -> None:
        """Check that all recipients of an audience may get mail. Raises Invalid with the reason and the solution."""
        try:
            if self._rates.limits().has_production_access:
                return
            emails = list(self._emails(account_id, self._audience.freeze(account_id, list_id, segment_id, audience_id)))
            verified = self._mailer.verified_identities()
        except (
            LimitsUnknown
        ):  # the start does not depend on this answer: the mailer itself refuses unverified recipients
            return
        unverified = [email for email in emails if not is_verified(email, verified)]
        if unverified:
            named = ", ".join(unverified[:NAMED]) + (", …" if len(unverified) > NAMED else "")
            count = f"more than {MAX_RECIPIENTS}" if len(emails) > MAX_RECIPIENTS else str(len(unverified))
            raise Invalid(
                "The SES account has no production access, so that only verified addresses get mail. Recipients that are "
                f"not verified: {count} ({named}). Request production access in SES, or verify these addresses there.",
                code="no_production_access",
            )

    def _emails(self, account_id: str, frozen: FrozenAudience) -> Iterator[str]:
        """Yield the addresses of recipients, at most one more than the daily quota of the sandbox."""
        count = 0
        for block in frozen.blocks[:MAX_BLOCKS]:
            contact_ids = self._audience.matching(account_id, frozen.definition, block)[: MAX_RECIPIENTS + 1 - count]
            for recipient in self._audience.read(account_id, frozen.definition, contact_ids).values():
                count += 1
                yield recipient.email
            if count > MAX_RECIPIENTS:
                return


def is_verified(email: str, verified: Collection[str]) -> bool:
    """Return whether the address, its domain, or a domain above it is verified."""
    labels = email.lower().rpartition("@")[2].split(".")
    return email.lower() in verified or any(".".join(labels[place:]) in verified for place in range(len(labels)))

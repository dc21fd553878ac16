"""Define an attempt to send chunks of a block, and the names of its mails."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from postrider.delivery import rules
from postrider.delivery.audience import Recipient
from postrider.delivery.model import LedgerRow, Outcome, Run
from postrider.delivery.queue_messages import SendChunk
from postrider.kit.provider_domains import OTHER, provider_domain


@dataclass
class SendAttempt:
    """An attempt to send chunks of a block.

    `messages` are the messages of uncounted chunks. `claims` has the claim of each contact id; a chunk has one claim. `rows`
    has the known rows by contact id, `remaining_ids` the recipients that still get a mail, in order. `recipients` are the
    contacts of `read_ids`, read at `read_at`; `reported_at` is the moment of the last update of the counters. `variants`
    caches the variant of each recipient, which does not change after the claim.
    """

    run: Run
    block: int
    messages: Sequence[SendChunk]
    claims: dict[int, str]
    stop_at: datetime
    read_at: datetime
    reported_at: datetime
    rows: dict[int, LedgerRow] = field(default_factory=dict)
    remaining_ids: list[int] = field(default_factory=list)
    recipients: Mapping[int, Recipient] = field(default_factory=dict)
    read_ids: Collection[int] = ()
    pick: Callable[[int, Recipient | None], int] = lambda contact_id, recipient: 0
    variants: dict[int, int] = field(default_factory=dict)
    has_claimed: bool = False
    has_progressed: bool = False

    def is_open(self, contact_id: int) -> bool:
        """Return whether the recipient may still be claimed."""
        row = self.rows.get(contact_id)
        return row is None or rules.is_replaceable(row, self.run.run_id)

    def is_own_claim(self, row: LedgerRow) -> bool:
        """Return whether the row is an open claim of this attempt."""
        return row.outcome == Outcome.CLAIMED and row.claim == self.claims[row.contact_id]

    def own_claims(self, contact_ids: Iterable[int]) -> list[LedgerRow]:
        """Return the open claims of this attempt among the rows of these contacts."""
        rows = (self.rows.get(contact_id) for contact_id in contact_ids)
        return [row for row in rows if row is not None and self.is_own_claim(row)]

    def remove_recipients(self, contact_ids: Collection[int]) -> None:
        """Remove recipients that get no mail in this attempt any more."""
        self.remaining_ids = [contact_id for contact_id in self.remaining_ids if contact_id not in contact_ids]

    def variant_of(self, contact_id: int) -> int:
        """Return the variant of this recipient; it does not change in the attempt, even if the contact changes."""
        if contact_id not in self.variants:
            self.variants[contact_id] = self.pick(contact_id, self.recipients.get(contact_id))
        return self.variants[contact_id]

    def new_row(
        self, contact_id: int, outcome: Outcome, *, reason: str | None = None, until: datetime | None = None
    ) -> LedgerRow:
        """Return a new row for this recipient."""
        recipient = self.recipients.get(contact_id)
        return LedgerRow(
            contact_id=contact_id,
            domain=OTHER if recipient is None else provider_domain(recipient.email),
            run_id=self.run.run_id,
            claim=self.claims[contact_id],
            outcome=outcome,
            reason=reason,
            claim_until=until,
            variant=self.variant_of(contact_id),
        )


def reference_of(run: Run, contact_id: int) -> str:
    return f"{run.source.id}.{contact_id}.{run.run_id}"


def tags_of(run: Run, contact_id: int, variant: int = 0) -> dict[str, str]:
    """Return the tags of a mail, which events of the mailer contain: the key of its row, and its variant."""
    entry = {"entry": str(run.source.entry)} if run.source.entry else {}
    entry |= {"variant": str(variant)} if variant else {}
    return {
        "account": run.account_id,
        "kind": run.source.kind.value,
        "source": str(run.source.id),
        "list": str(run.list_id),
        "contact": str(contact_id),
        "run": run.run_id,
        **entry,
    }

"""Close the blocks of a cancelled run: every recipient gets a row, so that counters and logs are complete."""

from collections.abc import Sequence

from postrider.delivery import rules
from postrider.delivery.audience import Audience
from postrider.delivery.claims import claim_token
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import Block, LedgerRow, Outcome, Run, RunKey
from postrider.delivery.run_accounting import RunAccounting
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound


class BlockCloser:
    def __init__(self, ledger: Ledger, audience: Audience, accounting: RunAccounting, now: Clock) -> None:
        self._ledger, self._audience, self._accounting, self._now = ledger, audience, accounting, now

    def close(self, key: RunKey, block_number: int) -> None:
        """Skip the recipients that no sender has claimed, then count the block unless a claim is still valid.

        Afterwards, a sender that has not seen the cancellation yet cannot claim recipients.
        """
        run = self._ledger.run(key)
        if run is None:
            return
        block = self._ledger.block(key, block_number) or self._plan(run, block_number)
        if not block.done:
            self._skip_unclaimed(run, block)
            self._accounting.count_cancelled_block(key, block_number)

    def _plan(self, run: Run, block_number: int) -> Block:
        """Store the recipients of a block that was not planned before the cancellation.

        If the run has sent no mail, the source is a draft again, and has no recipients.
        """
        contact_ids: Sequence[int] = ()
        if run.mail_may_have_left:
            try:
                contact_ids = self._audience.matching(run.account_id, run.audience, block_number)
            except (Invalid, NotFound):  # the audience is deleted
                contact_ids = ()
        return self._ledger.add_block(run.key, Block(number=block_number, bitmap=rules.bitmap_of(contact_ids)))

    def _skip_unclaimed(self, run: Run, block: Block) -> None:
        """Insert a row for each recipient without one. A row of another run is kept: the recipient has an outcome in its log."""
        rows = self._ledger.rows_of_block(run.account_id, run.source, block.number)
        known_ids = {row.contact_id for row in rows}
        claim = claim_token(self._now())
        skipped = [
            LedgerRow(
                contact_id=contact_id,
                run_id=run.run_id,
                claim=claim,
                outcome=Outcome.SKIPPED,
                reason=rules.CANCELLED,
            )
            for contact_id in rules.ids_in(block.number, block.bitmap)
            if contact_id not in known_ids
        ]
        if skipped:
            self._ledger.insert(run, skipped)  # a sender that was faster keeps its claim

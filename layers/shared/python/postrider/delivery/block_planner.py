"""Plan the blocks of a run: store the recipients of each block, then enqueue their chunks."""

from collections.abc import Iterator
from contextlib import contextmanager

from postrider.delivery import rules
from postrider.delivery.audience import Audience
from postrider.delivery.dispatch import Dispatcher, key_of
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import Block, Run
from postrider.delivery.queue_messages import BlockStep, ProcessBlocks
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import RunGuard
from postrider.delivery.run_limit import RunLimit
from postrider.delivery.sources import MailSources
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.observability import logger
from postrider.kit.pauses import pauses
from postrider.mail_events.source import MailSource

NO_AUDIENCE, NOT_ALLOWED = "The audience cannot be computed", "It cannot be sent"
"""The begin of the reason why a source is paused."""


class BlockPlanner:
    def __init__(
        self,
        ledger: Ledger,
        sources: MailSources,
        audience: Audience,
        dispatcher: Dispatcher,
        accounting: RunAccounting,
        guard: RunGuard,
    ) -> None:
        self._ledger, self._sources, self._audience = ledger, sources, audience
        self._dispatcher, self._accounting, self._guard = dispatcher, accounting, guard

    def plan(self, message: ProcessBlocks, limit: RunLimit) -> None:
        """Plan each block, or enqueue its undone chunks again; stop if the run may not continue."""
        for block_number in message.blocks:
            run = self._guard.sendable_run(key_of(message))
            if run is None:  # resuming enqueues the blocks again
                return
            with pausing_when_refused(self._sources, run.account_id, run.source):
                self._plan_block(run, block_number, limit, again=message.action == BlockStep.ENQUEUE_AGAIN)

    def _plan_block(self, run: Run, block_number: int, limit: RunLimit, *, again: bool) -> None:
        is_limited = limit.applies_to(run)
        block: Block | None = self._ledger.block(run.key, block_number) if again or is_limited else None
        if block is None:
            contact_ids = self._audience.matching(run.account_id, run.audience, block_number)
            new = Block(number=block_number, bitmap=rules.bitmap_of(contact_ids))
            if is_limited:
                block = self._add_within_limit(run, new, len(contact_ids), limit)
            else:
                block = self._ledger.add_block(run.key, new)
        if block is None or block.done:
            return
        if again or not block.ordered:
            self._dispatcher.send_chunks(run.key, block, again=again)
            self._ledger.mark_ordered(run.key, block_number)
        self._accounting.close_if_complete(run.key, block)

    def _add_within_limit(self, run: Run, block: Block, recipients: int, limit: RunLimit) -> Block | None:
        """Store the block after its mails were reserved; return the stored one. Pause the source and return None if the limit
        is exceeded.

        A repeated reservation changes nothing, because it has the number of all planned recipients of the run.
        """
        for _ in pauses():
            current = self._ledger.run(run.key)
            assert current is not None  # runs are not deleted
            is_allowed = False
            with pausing_when_refused(self._sources, run.account_id, run.source, NOT_ALLOWED):
                limit.reserve(current, current.recipients + recipients)
                is_allowed = True
            if not is_allowed:
                self._guard.forget(run.key)
                return None
            if self._ledger.add_block_to(current, block, recipients):
                return block
            stored = self._ledger.block(run.key, block.number)
            if stored is not None:  # another worker planned it
                return stored
        raise AssertionError  # pauses() ends by raising


@contextmanager
def pausing_when_refused(
    sources: MailSources, account_id: str, source: MailSource, reason: str = NO_AUDIENCE
) -> Iterator[None]:
    """Pause the source if its recipients are refused: its owner has to act, and retries do not help."""
    try:
        yield
    except (Invalid, NotFound) as exc:
        # runs that are retried without the owner are enqueued again when they have stalled
        sources.pause(account_id, source, reason=f"{reason}: {exc.message}")
        logger.error("paused: recipients refused", extra={"source": str(source), "code": exc.code})

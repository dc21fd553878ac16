"""Plan the blocks of a run: store the recipients of each block, then enqueue their chunks."""

from collections.abc import Iterator
from contextlib import contextmanager

from postrider.delivery import rules
from postrider.delivery.audience import Audience
from postrider.delivery.dispatch import Dispatcher, key_of
from postrider.delivery.ledger import Ledger
from postrider.delivery.messages import BlockAction, ProcessBlocks
from postrider.delivery.model import Block, Run
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import RunGuard
from postrider.delivery.sources import MailSources
from postrider.events.source import MailSource
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.observability import logger


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

    def plan(self, message: ProcessBlocks) -> None:
        """Plan each block, or enqueue its undone chunks again; stop if the run may not continue."""
        for number in message.blocks:
            run = self._guard.sendable_run(key_of(message))
            if run is None:  # resuming enqueues the blocks again
                return
            with pausing_when_refused(self._sources, run.account_id, run.source):
                self._plan_block(run, number, again=message.action == BlockAction.REORDER)

    def _plan_block(self, run: Run, number: int, *, again: bool) -> None:
        block = self._ledger.block(run.key, number) if again else None
        if block is None:
            contact_ids = self._audience.matching(run.account_id, run.audience, number)
            block = self._ledger.add_block(run.key, Block(number=number, bitmap=rules.bitmap_of(contact_ids)))
        if block.done:
            return
        if again or not block.ordered:
            self._dispatcher.send_chunks(run.key, block, again=again)
            self._ledger.mark_ordered(run.key, number)
        self._accounting.close_if_complete(run.key, block)


@contextmanager
def pausing_when_refused(sources: MailSources, account_id: str, source: MailSource) -> Iterator[None]:
    """Pause the source if its audience cannot be computed: its owner has to act, and retries do not help."""
    try:
        yield
    except (Invalid, NotFound) as exc:
        # runs that are retried without the owner are enqueued again when they have stalled
        sources.pause(account_id, source, reason=f"The audience cannot be computed: {exc.message}")
        logger.error("paused: no audience", extra={"source": str(source), "code": exc.code})

"""Enqueue the work of a run."""

import math
from collections.abc import Hashable, Iterable, Sequence

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.model import Block, RunKey
from postrider.delivery.queue_messages import (
    PLAN_QUEUE,
    SEND_QUEUE,
    BlockStep,
    ProcessBlocks,
    SendChunk,
    StartRun,
)
from postrider.kit.chunks import in_chunks
from postrider.mail_events.source import MailSource
from postrider.ports.queue import Queue


class TooManyAttempts(Exception):
    """A chunk that is not enqueued again; its message fails, and reaches the dead-letter queue."""


class Dispatcher:
    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def start_run(
        self,
        account_id: str,
        source: MailSource,
        *,
        run_id: str | None = None,
        again: bool = False,
        delay_s: float = 0.0,
    ) -> None:
        """Enqueue the start of a source after a delay, or the undone work of a run (None: of its latest run)."""
        message = StartRun(account_id=account_id, source=source, run_id=run_id, again=again)
        delay = min(math.ceil(delay_s), rules.MAX_DELAY_S)
        self._queue.send(PLAN_QUEUE, [message], group=account_id, delay_s=delay)

    def process_blocks(
        self, key: RunKey, blocks: Iterable[int], action: BlockStep, *, per_message: int = rules.BLOCKS_PER_MESSAGE
    ) -> None:
        """Enqueue an action on blocks of a run."""
        messages = [
            ProcessBlocks(
                account_id=key.account_id,
                source=key.source,
                run_id=key.run_id,
                blocks=list(numbers),
                action=action,
            )
            for numbers in in_chunks(blocks, per_message)
        ]
        if messages:
            self._queue.send(PLAN_QUEUE, messages, group=key.account_id)

    def send_chunks(self, key: RunKey, block: Block, *, again: bool) -> None:
        """Enqueue every chunk of a block that is not counted yet."""
        messages = [
            chunk_message(key, block.number, chunk, contact_ids, again=again)
            for chunk, contact_ids in enumerate(rules.chunks_of(rules.ids_in(block.number, block.bitmap)))
            if chunk not in block.chunks_done
        ]
        if messages:
            self._queue.send(SEND_QUEUE, messages, group=key.account_id)

    def repeat_chunk(self, message: SendChunk, delay_s: float, *, has_progressed: bool) -> None:
        """Enqueue the same chunk again after a delay. Raises TooManyAttempts after MAX_ATTEMPTS without progress."""
        attempts = 0 if has_progressed else message.attempts + 1
        if attempts > rules.MAX_ATTEMPTS:
            raise TooManyAttempts(
                f"chunk {message.chunk} of block {message.block} of {message.source} makes no progress"
            )
        repetition = message.model_copy(update={"again": True, "attempts": attempts})
        delay = min(max(1, round(delay_s + 0.5)), rules.MAX_DELAY_S)
        self._queue.send(SEND_QUEUE, [repetition], group=message.account_id, delay_s=delay)


def chunk_message(key: RunKey, block: int, chunk: int, contact_ids: Sequence[int], *, again: bool) -> SendChunk:
    """Return the message of a chunk."""
    return SendChunk(
        account_id=key.account_id,
        source=key.source,
        run_id=key.run_id,
        block=block,
        chunk=chunk,
        offsets=[contact_id % BLOCK_SIZE for contact_id in contact_ids],
        again=again,
    )


def place_of(message: SendChunk | ProcessBlocks) -> Hashable:
    """Return a key that is equal for messages that may be handled together, or None for a message handled alone."""
    if isinstance(message, ProcessBlocks):
        return key_of(message) if message.action == BlockStep.RECOUNT else None
    return None if message.again else (key_of(message), message.block)


def ids_of(message: SendChunk) -> list[int]:
    """Return the contact ids of a chunk."""
    return [message.block * BLOCK_SIZE + offset for offset in message.offsets]


def key_of(message: SendChunk | ProcessBlocks) -> RunKey:
    """Return the key of the run of a message."""
    return RunKey(message.account_id, message.source, message.run_id)

"""Puts the work of a run on the queues."""

from collections.abc import Hashable, Iterable, Sequence

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.messages import PLAN_QUEUE, SEND_QUEUE, START_QUEUE, Act, PlanBlocks, SendChunk, StartCampaign
from postrider.delivery.model import Block, RunKey
from postrider.ports.queue import Queue
from postrider.storage.dynamo import in_chunks


class Dispatcher:
    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def start(self, account_id: str, campaign_id: int, *, again: bool = False) -> None:
        order = StartCampaign(account_id=account_id, campaign_id=campaign_id, again=again)
        self._queue.send(START_QUEUE, [order], group=account_id)

    def plan(self, key: RunKey, blocks: Iterable[int], act: Act) -> None:
        orders = [
            PlanBlocks(
                account_id=key.account_id,
                campaign_id=key.campaign_id,
                run_id=key.run_id,
                blocks=list(some),
                act=act,
            )
            for some in in_chunks(blocks, rules.BLOCKS_PER_PLAN)
        ]
        if orders:
            self._queue.send(PLAN_QUEUE, orders, group=key.account_id)

    def chunks(self, key: RunKey, block: Block, *, again: bool) -> None:
        """Every chunk of a block that is not counted yet."""
        orders = [
            send_order(key, block.number, number, ids, again=again)
            for number, ids in enumerate(rules.chunks_of(rules.ids_in(block.number, block.bitmap)))
            if number not in block.chunks_done
        ]
        if orders:
            self._queue.send(SEND_QUEUE, orders, group=key.account_id)

    def once_more(self, order: SendChunk, delay_s: float) -> None:
        """The same chunk again, after a while."""
        later = order.model_copy(update={"again": True})
        delay = min(max(1, round(delay_s + 0.5)), rules.MAX_DELAY_S)
        self._queue.send(SEND_QUEUE, [later], group=order.account_id, delay_s=delay)


def send_order(key: RunKey, block: int, chunk: int, ids: Sequence[int], *, again: bool) -> SendChunk:
    return SendChunk(
        account_id=key.account_id,
        campaign_id=key.campaign_id,
        run_id=key.run_id,
        block=block,
        chunk=chunk,
        places=[contact_id % BLOCK_SIZE for contact_id in ids],
        again=again,
    )


def place_of(order: SendChunk) -> Hashable:
    """Orders at the same place may be worked on as one; None for one that must be alone."""
    return None if order.again else (key_of(order), order.block)


def ids_of(order: SendChunk) -> list[int]:
    return [order.block * BLOCK_SIZE + place for place in order.places]


def key_of(order: SendChunk | PlanBlocks) -> RunKey:
    return RunKey(order.account_id, order.campaign_id, order.run_id)

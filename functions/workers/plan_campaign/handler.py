"""Plans a few blocks of a run, or closes those of a cancelled one."""

from postrider import bootstrap
from postrider.delivery.messages import ProcessBlocks
from postrider.workers.queues import queue_worker


def handle(message: ProcessBlocks) -> None:
    bootstrap.delivery().process_blocks(message)


lambda_handler = queue_worker(ProcessBlocks, handle)

"""Queue import-contacts: imports by one call. They are tasks, with a queue of their own so that files do not delay them."""

from postrider import bootstrap
from postrider.tasks.messages import RunTaskPart
from postrider.workers.queues import queue_worker


def handle(message: RunTaskPart) -> None:
    bootstrap.task_runner().run(message)


lambda_handler = queue_worker(RunTaskPart, handle, takes_long=True)

"""Queue run-tasks: parts of long work."""

from postrider import bootstrap
from postrider.tasks.messages import RunTaskPart
from postrider.workers.queues import queue_worker


def handle(message: RunTaskPart) -> None:
    bootstrap.task_runner().run(message)


lambda_handler = queue_worker(RunTaskPart, handle, takes_long=True)

"""Handle the queue run-tasks: run parts of tasks."""

from postrider import bootstrap
from postrider.tasks.queue_messages import RunTaskPart
from postrider.workers.queues import queue_worker


def handle(message: RunTaskPart) -> None:
    bootstrap.task_runner().run(message)


lambda_handler = queue_worker(RunTaskPart, handle, takes_long=True)

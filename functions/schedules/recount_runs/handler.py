"""Enqueue each hour the recount of finished runs from their rows."""

from postrider import bootstrap
from postrider.workers.queues import schedule_worker

lambda_handler = schedule_worker("recount_runs", lambda: bootstrap.delivery().enqueue_recounts())

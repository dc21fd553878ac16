"""Continue each minute runs without messages, and replace failed clocks of actions."""

from postrider import bootstrap
from postrider.workers.queues import schedule_worker

lambda_handler = schedule_worker("sweep_runs", lambda: {**bootstrap.delivery().sweep(), **bootstrap.journeys().sweep()})

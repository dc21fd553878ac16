"""Each minute: starts, resumptions and ends of runs that no message is left for, and clocks of actions that died."""

from postrider import bootstrap
from postrider.workers.queues import schedule_worker

lambda_handler = schedule_worker(
    "sweep_campaigns", lambda: {**bootstrap.delivery().sweep(), **bootstrap.journeys().sweep()}
)

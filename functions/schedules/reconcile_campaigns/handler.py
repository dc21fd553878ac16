"""Each hour: finished campaigns are recounted from the ledger."""

from postrider import bootstrap
from postrider.workers.queues import schedule_worker

lambda_handler = schedule_worker("reconcile_campaigns", lambda: bootstrap.delivery().reconcile())

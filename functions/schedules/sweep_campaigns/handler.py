"""Each minute: starts, resumptions and ends of runs that no message is left for; and the sent counters of lists."""

from postrider import bootstrap
from postrider.workers.queues import schedule_worker


def sweep() -> dict[str, int]:
    return bootstrap.delivery().sweep() | bootstrap.reports().record_sent_counts()


lambda_handler = schedule_worker("sweep_campaigns", sweep)

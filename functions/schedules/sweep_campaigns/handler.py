"""Each minute: campaigns whose start, resumption or end nobody else brought about; and what lists have been sent."""

from postrider import bootstrap
from postrider.workers.queues import schedule_worker


def look() -> dict[str, int]:
    return bootstrap.delivery().sweep() | bootstrap.reports().record_sent_counts()


lambda_handler = schedule_worker("sweep_campaigns", look)

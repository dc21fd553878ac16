"""Compute the concurrency of each worker and of all together, and the batch sizes of workers."""

import math
from dataclasses import dataclass

from infra.functions import FUNCTIONS, QUEUES, SEND_WORKER
from infra.rows import Function
from infra.stages import Stage
from postrider.delivery.rate.rules import senders_for
from postrider.delivery.rules import chunks_together

MIN_CONCURRENCY = 2
"""Minimum concurrency of a worker: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
API_SHARE = 4
"""Functions that an account needs at least for the API and for the pages of recipients, beside its workers."""
SMALL_ACCOUNT = 50
"""New accounts have fewer concurrent executions; AWS raises the limit on request."""


def concurrency_of(row: Function, stage: Stage) -> int:
    """Return the maximum concurrency of a worker."""
    assert row.consumes is not None
    wanted = row.consumes.concurrency
    if row.name == SEND_WORKER:
        wanted = senders_for(stage.ses_rate)
    elif row.consumes.mails_per_s:
        wanted = min(wanted, math.ceil(stage.ses_rate / row.consumes.mails_per_s))
    most = MIN_CONCURRENCY if stage.small_account else stage.max_concurrency
    return max(MIN_CONCURRENCY, min(wanted, most))


def batch_of(row: Function, stage: Stage) -> int:
    """Return the maximum number of messages in a batch of a worker."""
    assert row.consumes is not None
    return chunks_together(stage.ses_rate) if row.name == SEND_WORKER else row.consumes.batch


@dataclass(frozen=True)
class Demand:
    """The functions beside the API that may run at the same time."""

    workers: dict[str, int]
    schedules: int

    @property
    def total(self) -> int:
        return sum(self.workers.values()) + self.schedules

    def __str__(self) -> str:
        workers = ", ".join(f"{name} {count}" for name, count in sorted(self.workers.items()))
        return f"{self.total} ({workers}, schedules {self.schedules})"


def demand_of(stage: Stage) -> Demand:
    """Return the demand of all workers that are not paused, and of the schedules, of which one function runs each."""
    workers = {name: concurrency_of(row, stage) for name, row in QUEUES.items() if name not in stage.paused_workers}
    return Demand(workers, sum(row.every_minutes is not None for row in FUNCTIONS))

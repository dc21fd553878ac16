"""A queue with its dead-letter queue."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.rows import Function
from infra.stages import Stage

RETENTION = Duration.days(14)
TIMEOUTS_HIDDEN = 6
"""Lambda may hold a message while it is throttled: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""


class WorkerQueue(Construct):
    """The queue that `worker` consumes, of the worker's name."""

    def __init__(self, scope: Construct, worker: Function, stage: Stage) -> None:
        super().__init__(scope, f"queue-{worker.name}")
        assert worker.consumes is not None
        name = f"{stage.deployment}-{worker.name}"
        common = {
            "retention_period": RETENTION,
            "encryption": sqs.QueueEncryption.SQS_MANAGED,
            "enforce_ssl": stage.require_tls,
            "removal_policy": RemovalPolicy.DESTROY,
        }
        self.dead_letters = sqs.Queue(self, "DeadLetters", queue_name=f"{name}-dead-letters", **common)  # type: ignore[arg-type]  # as declared there
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            visibility_timeout=Duration.seconds(TIMEOUTS_HIDDEN * worker.timeout_s + worker.consumes.window_s),
            delivery_delay=Duration.seconds(min(worker.consumes.delay_s, stage.max_wait_s)),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=worker.consumes.receives),
            **common,  # type: ignore[arg-type]  # as declared there
        )

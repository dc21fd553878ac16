"""The Core stack: queues, workers, schedules, the clock of workflows, mail events, alarms, and the API of the Api stack."""

from typing import Any

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.constructs.alarms import Alarms
from infra.constructs.clock_machine import ClockMachine
from infra.constructs.function_stack import FunctionStack, public_base_url
from infra.constructs.http_api import HttpApi
from infra.constructs.mail_events import MailEvents
from infra.constructs.worker_queue import WorkerQueue
from infra.functions import CLOCK_TASK, FUNCTIONS, MAIL_EVENT_WORKER, QUEUES, SCHEDULED_WORKERS
from infra.grants import SEND, allow
from infra.stages import Stage


class Core(FunctionStack):
    """The stack of workers. It also has the API, because mails contain its URL, which cannot be derived from a name."""

    def __init__(self, scope: Construct, id: str, *, stage: Stage, **options: Any) -> None:
        super().__init__(scope, id, stage=stage, **options)
        self.api = HttpApi(self, "http", stage)
        self.export_value(self.api.api.ref)
        base_url = public_base_url(self, stage, self.api.url)
        queues = {name: WorkerQueue(self, worker, stage) for name, worker in QUEUES.items()}
        MailEvents(self, "mail-events", stage).deliver_to(queues[MAIL_EVENT_WORKER].queue)
        scheduler.CfnScheduleGroup(self, "Schedules", name=self.names.schedule_group)
        self._let_schedules_enqueue_orders()
        alarms = Alarms(self, "alarms", stage)
        for queue in queues.values():
            alarms.watch_queue(queue)
        for row in FUNCTIONS:
            if row.dialect is None:
                function = self.make(row, base_url)
                if row.name == CLOCK_TASK:
                    ClockMachine(self, "clock", stage, function.function)
                if row.consumes:
                    function.consume(queues[row.name].queue, stage)
                if row.every_minutes:
                    alarms.watch_schedule(function)
        alarms.watch_alarm_metrics()
        alarms.watch_api(self.api.api.ref)
        alarms.dashboard()
        CfnOutput(self, "ApiUrl", value=self.api.url)
        CfnOutput(self, "ApiId", value=self.api.api.ref)
        CfnOutput(self, "PublicUrl", value=base_url)
        CfnOutput(self, "AlarmTopic", value=alarms.topic.topic_arn)

    def _let_schedules_enqueue_orders(self) -> None:
        """Create the role of one-off schedules, which may only send orders to the queues of their workers."""
        on_queue = allow(SEND, [self.names.queue_arn(worker) for worker in SCHEDULED_WORKERS])
        iam.Role(
            self,
            "SchedulerRole",
            role_name=self.names.scheduler_role,
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": self.account}}
            ),
            inline_policies={"start": iam.PolicyDocument(statements=[on_queue])},
        )

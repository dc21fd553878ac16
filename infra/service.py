"""The service stack: functions, HTTP API, queues, mail events, alarms. It holds no data; it can be made anew."""

import json
from typing import Any

from aws_cdk import CfnCondition, CfnOutput, CfnParameter, Fn, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.archives import dependencies_layer, digest_of, shared_layer
from infra.constructs.alarms import Alarms
from infra.constructs.http_api import HttpApi
from infra.constructs.lambda_function import LambdaFunction
from infra.constructs.mail_events import MailEvents
from infra.constructs.worker_queue import WorkerQueue
from infra.functions import FUNCTIONS, MAIL_EVENT_WORKER, QUEUES, START_WORKER
from infra.grants import SEND, Resources, allow, statements
from infra.openapi import gateway_keys
from infra.stages import Stage
from infra.stateful import Data
from postrider.kit.settings import env_name


class Service(Stack):
    def __init__(self, scope: Construct, id: str, *, stage: Stage, data: Data, **options: Any) -> None:
        super().__init__(scope, id, **options)
        self._stage, self._data = stage, data
        self._api = HttpApi(self, "http", stage)
        self._base_url = public_base_url(self, stage, self._api.url)
        self._queues = {name: WorkerQueue(self, worker, stage) for name, worker in QUEUES.items()}
        self._mail = MailEvents(self, "mail-events", stage)
        self._mail.deliver_to(self._queues[MAIL_EVENT_WORKER].queue)
        self._schedules = scheduler.CfnScheduleGroup(self, "Schedules", name=f"postrider-{stage.name}")
        self._scheduler_role = self._may_start_campaigns()
        alarms = Alarms(self, "alarms", stage)
        for queue in self._queues.values():
            alarms.watch_queue(queue)
        for function in self._functions():
            alarms.watch_function(function)
        alarms.watch_alarm_metrics()
        alarms.watch_api(self._api.api.ref)
        alarms.dashboard()
        CfnOutput(self, "ApiUrl", value=self._api.url)
        CfnOutput(self, "ApiId", value=self._api.api.ref)
        CfnOutput(self, "PublicUrl", value=self._base_url)
        CfnOutput(self, "AlarmTopic", value=alarms.topic.topic_arn)

    def _may_start_campaigns(self) -> iam.Role:
        """Return the role of one-off schedules, which can only enqueue the start of a campaign."""
        on_queue = allow(SEND, [self._queues[START_WORKER].queue.queue_arn])
        return iam.Role(
            self,
            "SchedulerRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": self.account}}
            ),
            inline_policies={"start": iam.PolicyDocument(statements=[on_queue])},
        )

    def _functions(self) -> list[LambdaFunction]:
        layers = [self._layer("Dependencies", dependencies_layer), self._layer("Shared", shared_layer)]
        resources, environment = self._resources(), self._environment()
        made = []
        for row in FUNCTIONS:
            function = LambdaFunction(
                self,
                row,
                self._stage,
                layers=layers,
                environment=environment,
                statements=statements(row, resources),
            )
            if row.consumes:
                function.consume(self._queues[row.name].queue, self._stage)
            if row.dialect:
                self._api.serve(function, gateway_keys(row))
            made.append(function)
        return made

    def _layer(self, id: str, build: Any) -> lambda_.ILayerVersion:
        archive = build(self._stage)
        return lambda_.LayerVersion(
            self,
            id,
            code=lambda_.Code.from_asset(str(archive), asset_hash=digest_of(archive)),
            compatible_runtimes=[lambda_.Runtime(f"python{self._stage.python}", lambda_.RuntimeFamily.PYTHON)],
        )

    def _resources(self) -> Resources:
        return Resources(
            tables=self._data.tables,
            queues={name: queue.queue for name, queue in self._queues.items()},
            bucket=self._data.bucket.bucket_arn,
            signing_key=self._data.signing_key.key_arn,
            secret=self._data.secret_arn,
            identities=self.format_arn(service="ses", resource="identity", resource_name="*"),
            configuration_set=self._mail.configuration_set_arn,
            schedules=self.format_arn(
                service="scheduler", resource="schedule", resource_name=f"{self._schedules.ref}/*"
            ),
            scheduler_role=self._scheduler_role.role_arn,
        )

    def _environment(self) -> dict[str, str]:
        """Return the environment of all functions, which `postrider.kit.settings` reads. Names give no permissions."""
        tables = {env_name("table", name): table.ref for name, table in self._data.tables.items()}
        queues = {env_name("queue_url", name): queue.queue.queue_url for name, queue in self._queues.items()}
        start = self._queues[START_WORKER].queue
        environment = {
            **tables,
            **queues,
            env_name("queue_arn", START_WORKER): start.queue_arn,
            "STAGE": self._stage.name,
            "STORAGE_BUCKET": self._data.bucket.bucket_name,
            "SIGNING_KEY_ID": self._data.signing_key.key_arn,
            "SECRET_ARN": self._data.secret_arn,
            "PUBLIC_BASE_URL": self._base_url,
            "SES_CONFIGURATION_SET": self._mail.configuration_set.ref,
            "SCHEDULE_GROUP": self._schedules.ref,
            "ACCOUNT_CALLS_PER_S": str(self._stage.account_calls_per_s),
            "SCHEDULER_ROLE_ARN": self._scheduler_role.role_arn,
            "POWERTOOLS_TRACE_DISABLED": json.dumps(not self._stage.tracing),
        }
        if self._stage.system_sender_email:
            environment["SYSTEM_SENDER_EMAIL"] = self._stage.system_sender_email
        return environment


def public_base_url(stack: Stack, stage: Stage, own: str) -> str:
    """Return the beginning of links in mails: the stage's domain, else a parameter, else the API's own URL.

    The domain is not the default of the parameter, because later deployments would keep the first value.
    """
    if stage.domain:
        return f"https://{stage.domain}"
    parameter = CfnParameter(
        stack, "PublicBaseUrl", default="", description="What links in mails begin with; empty: the API's own URL."
    )
    none = CfnCondition(stack, "NoPublicBaseUrl", expression=Fn.condition_equals(parameter.value_as_string, ""))
    return Fn.condition_if(none.logical_id, own, parameter.value_as_string).to_string()

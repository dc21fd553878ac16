"""A Lambda function from its row: archive, role, log group, and triggers other than HTTP."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.archives import digest_of, function_archive
from infra.concurrency import batch_of, concurrency_of
from infra.functions import can_loop
from infra.grants import allow
from infra.rows import Function
from infra.stages import Stage

RETENTIONS = {
    1: logs.RetentionDays.ONE_DAY,
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
}


class LambdaFunction(Construct):
    """A Lambda function. Its role allows `statements`, and writing its own log and traces."""

    def __init__(
        self,
        scope: Construct,
        row: Function,
        stage: Stage,
        *,
        layers: list[lambda_.ILayerVersion],
        environment: dict[str, str],
        statements: list[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, row.name)
        name = f"{stage.deployment}-{row.name}"
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=RETENTIONS[stage.log_days],
            removal_policy=RemovalPolicy.DESTROY,
        )
        own = [allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log.log_group_arn])]
        if stage.tracing:
            own.append(allow(["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]))  # they know no resources
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"row": iam.PolicyDocument(statements=[*statements, *own])},
        )
        archive = function_archive(row, stage)
        self.row = row
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=lambda_.Runtime(f"python{stage.python}", lambda_.RuntimeFamily.PYTHON),
            architecture=lambda_.Architecture.ARM_64 if stage.architecture == "arm64" else lambda_.Architecture.X86_64,
            code=lambda_.Code.from_asset(str(archive), asset_hash=digest_of(archive)),
            handler=f"{row.module}.lambda_handler",
            layers=layers,
            environment={**environment, "POWERTOOLS_SERVICE_NAME": row.name},
            memory_size=row.memory_mb,
            timeout=Duration.seconds(row.timeout_s),
            role=role.without_policy_updates(),
            log_group=log,
            tracing=lambda_.Tracing.ACTIVE if stage.tracing else lambda_.Tracing.DISABLED,
            # Lambda stops what looks like an endless loop after 16 turns; here a chunk waits its turn so
            recursive_loop=lambda_.RecursiveLoop.ALLOW if can_loop(row) else None,
        )
        if row.every_minutes:
            self._run_every(row.every_minutes)

    def consume(self, queue: sqs.Queue, stage: Stage) -> None:
        consumer = self.row.consumes
        assert consumer is not None
        lambda_.CfnEventSourceMapping(
            self,
            "Source",
            function_name=self.function.function_name,
            event_source_arn=queue.queue_arn,
            batch_size=batch_of(self.row, stage),
            maximum_batching_window_in_seconds=min(consumer.window_s, stage.max_wait_s) or None,
            function_response_types=["ReportBatchItemFailures"],
            enabled=False if self.row.name in stage.paused_workers else None,
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(
                maximum_concurrency=concurrency_of(self.row, stage)
            ),
        )

    def _run_every(self, minutes: int) -> None:
        unit = "minute" if minutes == 1 else "minutes"
        rule = events.CfnRule(
            self,
            "Every",
            schedule_expression=f"rate({minutes} {unit})",
            targets=[events.CfnRule.TargetProperty(arn=self.function.function_arn, id="function")],
        )
        lambda_.CfnPermission(
            self,
            "ByRule",
            action="lambda:InvokeFunction",
            function_name=self.function.function_name,
            principal="events.amazonaws.com",
            source_account=Stack.of(self).account,
            source_arn=rule.attr_arn,
        )
        lambda_.CfnEventInvokeConfig(
            self,
            "NoRetries",  # the next run does the work of a failed one
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=0,
        )

"""Alarms, the topic they go to, and a dashboard of the same figures."""

from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.lambda_function import LambdaFunction
from infra.constructs.worker_queue import WorkerQueue
from infra.stages import Stage
from postrider.kit.observability import NAMESPACE, AlarmMetric

PERIOD_S = 300
FAULTS = 5
"""Errors of one function, or 5xx of the API, within a period."""
MAX_BOUNCE_RATE, MAX_COMPLAINT_RATE = 0.04, 0.0008
"""Short of where SES puts an account under review (5 % and 0.1 %):
https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-messages.html"""

SEARCHES = (
    ("Messages (waiting, dead letters)", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "Maximum"),
    ("Oldest message (s)", "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "Maximum"),
    ("Errors", "AWS/Lambda", "Errors", "FunctionName", "Sum"),
    ("Duration (ms, p95)", "AWS/Lambda", "Duration", "FunctionName", "p95"),
)


class Alarms(Construct):
    def __init__(self, scope: Construct, id: str, stage: Stage) -> None:
        super().__init__(scope, id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=stage.require_tls)
        self._let_alarms_publish()
        if stage.alarm_email:
            sns.CfnSubscription(
                self, "Email", topic_arn=self.topic.topic_arn, protocol="email", endpoint=stage.alarm_email
            )
        self._graphs: dict[str, list[list[Any]]] = {}
        self._stage = stage

    def _let_alarms_publish(self) -> None:
        """Replace the default policy of the topic, which lets everybody in the account publish."""
        stack = Stack.of(self)
        alarms = stack.format_arn(
            service="cloudwatch", resource="alarm", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": alarms},
                },
            )
        )

    def watch_queue(self, queue: WorkerQueue) -> None:
        self._alarm(
            queue.node.id,
            "Messages failed permanently; read the log of the worker, then redrive them.",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": queue.dead_letters.queue_name},
            statistic="Maximum",
        )

    def watch_schedule(self, function: LambdaFunction) -> None:
        """Add an alarm for a schedule. Failures of other functions show as 5xx or in dead-letter queues."""
        dimensions = {"FunctionName": function.function.function_name}
        what = f"{function.row.name} raised or ran out of time."
        self._alarm(f"errors-{function.row.name}", what, "AWS/Lambda", "Errors", dimensions)

    def watch_alarm_metrics(self) -> None:
        """Add an alarm for each metric that the code emits."""
        for metric in AlarmMetric:
            self._alarm(metric, f"See {metric} in the log.", NAMESPACE, metric, {"service": self._stage.name})

    def watch_api(self, api_id: str) -> None:
        """Add alarms for the API, and for the account: throttles, and the reputation with SES."""
        self._alarm("api-faults", "The API answered 5xx.", "AWS/ApiGateway", "5xx", {"ApiId": api_id}, FAULTS)
        self._alarm("throttles", "Lambda throttles: raise the account's concurrency.", "AWS/Lambda", "Throttles", {})
        limits = {"BounceRate": MAX_BOUNCE_RATE, "ComplaintRate": MAX_COMPLAINT_RATE}
        for rate, threshold in limits.items():
            self._alarm(
                f"ses-{rate}",
                f"The {rate} nears the limit of SES: stop and clean the lists.",
                "AWS/SES",
                f"Reputation.{rate}",
                {},
                threshold,
                statistic="Maximum",
            )
            self._graph("Reputation", "AWS/SES", f"Reputation.{rate}", {}, "Maximum")
        for name in ("Send", "Delivery", "Bounce", "Complaint"):
            self._graph("Mails", "AWS/SES", name, {})
        for name in ("Count", "4xx", "5xx"):
            self._graph("API", "AWS/ApiGateway", name, {"ApiId": api_id})

    def dashboard(self) -> None:
        """Create the dashboard. Graphs of many queues or functions are searches by the names of the deployment."""
        stack = Stack.of(self)
        for title, namespace, metric, dimension, statistic in SEARCHES:
            search = f"SEARCH('{{{namespace},{dimension}}} MetricName=\"{metric}\" \"{self._stage.deployment}\"', '{statistic}')"
            self._graphs[title] = [[{"expression": search, "label": ""}]]
        widgets = [
            {
                "type": "metric",
                "x": 8 * (number % 3),
                "y": 6 * (number // 3),
                "width": 8,
                "height": 6,
                "properties": {"title": title, "region": stack.region, "period": PERIOD_S, "metrics": metrics},
            }
            for number, (title, metrics) in enumerate(self._graphs.items())
        ]
        cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=self._stage.deployment,
            dashboard_body=stack.to_json_string({"widgets": widgets}),
        )

    def _alarm(
        self,
        id: str,
        description: str,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        threshold: float = 1,
        *,
        statistic: str = "Sum",
    ) -> None:
        cloudwatch.CfnAlarm(
            self,
            id,
            alarm_description=description,
            namespace=namespace,
            metric_name=metric,
            dimensions=[
                cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value) for name, value in dimensions.items()
            ],
            statistic=statistic,
            period=PERIOD_S,
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic.topic_arn],
        )

    def _graph(
        self, title: str, namespace: str, metric: str, dimensions: dict[str, str], statistic: str = "Sum"
    ) -> None:
        line: list[Any] = [namespace, metric, *(part for pair in dimensions.items() for part in pair)]
        self._graphs.setdefault(title, []).append([*line, {"stat": statistic}])

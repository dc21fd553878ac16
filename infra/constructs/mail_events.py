"""Deliver the events of SES to a queue: configuration set, topic and subscription, without a public endpoint."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.stages import Stage

EVENTS = ["send", "reject", "bounce", "complaint", "deliveryDelay", "renderingFailure"]
"""Opens and clicks are ours: SES would rewrite the links. A send proves that SES took the mail; a delivery costs as much, and
no report needs it."""


class MailEvents(Construct):
    def __init__(self, scope: Construct, id: str, stage: Stage) -> None:
        super().__init__(scope, id)
        self.configuration_set = ses.CfnConfigurationSet(
            self,
            "Set",
            name=stage.deployment,
            reputation_options=ses.CfnConfigurationSet.ReputationOptionsProperty(reputation_metrics_enabled=True),
            # an address that does not exist is suppressed for all accounts, a complaint only for the account that was
            # complained about, by us
            suppression_options=ses.CfnConfigurationSet.SuppressionOptionsProperty(suppressed_reasons=["BOUNCE"]),
            delivery_options=ses.CfnConfigurationSet.DeliveryOptionsProperty(tls_policy="OPTIONAL"),
        )
        stack = Stack.of(self)
        self.configuration_set_arn = stack.format_arn(
            service="ses", resource="configuration-set", resource_name=self.configuration_set.ref
        )
        self.topic = sns.Topic(self, "Topic", enforce_ssl=stage.require_tls)
        by_ses = self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {
                        "AWS:SourceAccount": stack.account,
                        "AWS:SourceArn": self.configuration_set_arn,
                    }
                },
            )
        )
        destination = ses.CfnConfigurationSetEventDestination(
            self,
            "Destination",
            configuration_set_name=self.configuration_set.ref,
            event_destination=ses.CfnConfigurationSetEventDestination.EventDestinationProperty(
                name="events",
                enabled=True,
                matching_event_types=EVENTS,
                sns_destination=ses.CfnConfigurationSetEventDestination.SnsDestinationProperty(
                    topic_arn=self.topic.topic_arn
                ),
            ),
        )
        if by_ses.policy_dependable:
            destination.node.add_dependency(by_ses.policy_dependable)  # SES tries the topic when it is made

    def deliver_to(self, queue: sqs.Queue) -> None:
        """Subscribe a queue with raw delivery: the body of a message is the event itself."""
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self.topic.topic_arn}},
            )
        )
        sns.CfnSubscription(
            self,
            "Subscription",
            topic_arn=self.topic.topic_arn,
            protocol="sqs",
            endpoint=queue.queue_arn,
            raw_message_delivery=True,
        )

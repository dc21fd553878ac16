"""The state machine of all workflows: an execution sleeps until contacts are due, calls the task, and sleeps again.

What waits is stored in the workflows table: an execution that fails is replaced by the sweeper.
"""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.grants import allow
from infra.names import names_of
from infra.stages import Stage

TRIES, FIRST_PAUSE_S = 4, 5
TASK = "${WakeClockFunction}"


def definition() -> dict[str, Any]:
    """Return the states: https://states-language.net. Errors are named by classes that Step Functions knows."""
    return {
        "Comment": "Sleep until contacts that wait for an action of a workflow are due",
        "StartAt": "Sleep",
        "States": {
            "Sleep": {"Type": "Wait", "TimestampPath": "$.wake_at", "Next": "Wake"},
            "Wake": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": TASK, "Payload.$": "$"},
                "OutputPath": "$.Payload",
                "Retry": [
                    {
                        "ErrorEquals": ["States.ALL"],
                        "IntervalSeconds": FIRST_PAUSE_S,
                        "MaxAttempts": TRIES,
                        "BackoffRate": 2,
                    }
                ],
                "Next": "SleepAgain?",
            },
            "SleepAgain?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.again", "BooleanEquals": True, "Next": "Sleep"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }


class ClockMachine(Construct):
    def __init__(self, scope: Construct, id: str, stage: Stage, task: lambda_.IFunction) -> None:
        super().__init__(scope, id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
            ),
            inline_policies={
                "task": iam.PolicyDocument(statements=[allow(["lambda:InvokeFunction"], [task.function_arn])])
            },
        )
        stepfunctions.CfnStateMachine(
            self,
            "Machine",
            state_machine_name=names_of(Stack.of(self), stage).clock_machine,
            state_machine_type="STANDARD",
            role_arn=role.role_arn,
            definition=definition(),
            definition_substitutions={TASK.strip("${}"): task.function_arn},
        )

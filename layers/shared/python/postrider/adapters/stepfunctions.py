"""Run the clocks of actions in Step Functions: one state machine, with an execution per action with waiting contacts."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from postrider.aws.clients import client
from postrider.kit.settings import names
from postrider.ports.workflow_runner import RunnerRefused

_NOT_RUNNING = frozenset({"ExecutionDoesNotExist", "ResourceNotFound"})


class StepFunctionsRunner:
    def start(self, name: str, moment: datetime, wake_up: Mapping[str, str | int]) -> None:
        # https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html: a timestamp is RFC 3339 with "Z"
        wake_at = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        document = json.dumps({"wake_up": dict(wake_up), "wake_at": wake_at})
        try:
            client("stepfunctions").start_execution(
                stateMachineArn=names().clock_machine_arn, name=name, input=document
            )
        except (ClientError, BotoCoreError) as exc:
            if _code(exc) != "ExecutionAlreadyExists":
                raise RunnerRefused(str(exc)) from exc

    def stop(self, name: str) -> None:
        try:
            client("stepfunctions").stop_execution(executionArn=names().clock_execution_arn(name))
        except (ClientError, BotoCoreError) as exc:
            if _code(exc) not in _NOT_RUNNING:
                raise RunnerRefused(str(exc)) from exc


def _code(exc: Exception) -> str:
    return str(exc.response["Error"]["Code"]) if isinstance(exc, ClientError) else ""

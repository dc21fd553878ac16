"""Schedule messages with EventBridge Scheduler: one-off schedules that enqueue a message and are then deleted."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from postrider.aws.clients import client
from postrider.kit.observability import logger
from postrider.kit.settings import names
from postrider.ports.scheduler import SchedulerRefused


class EventBridgeScheduler:
    def put(self, name: str, moment: datetime, queue: str, message: BaseModel) -> None:
        schedule = {
            "Name": name,
            "GroupName": names().schedule_group,
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#one-time
            "ScheduleExpression": f"at({moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": names().queue_arn(queue),
                "RoleArn": names().scheduler_role_arn,
                "Input": message.model_dump_json(),
            },
        }
        try:
            _put(schedule)
        except (ClientError, BotoCoreError) as exc:
            raise SchedulerRefused(str(exc)) from exc

    def remove(self, name: str) -> None:
        try:
            client("scheduler").delete_schedule(Name=name, GroupName=names().schedule_group)
        except (ClientError, BotoCoreError) as exc:
            if not _is_missing(exc):  # its message will do nothing, because it is not due
                logger.exception("schedule not deleted", schedule=name)


def _put(schedule: dict[str, Any]) -> None:
    try:
        client("scheduler").create_schedule(**schedule)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ConflictException":
            raise
        client("scheduler").update_schedule(**schedule)


def _is_missing(exc: Exception) -> bool:
    return isinstance(exc, ClientError) and exc.response["Error"]["Code"] == "ResourceNotFoundException"

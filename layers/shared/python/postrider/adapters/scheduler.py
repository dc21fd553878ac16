"""Schedule messages with EventBridge Scheduler: one-off schedules that enqueue a message and are then deleted."""

from datetime import UTC, datetime

from botocore.exceptions import ClientError
from pydantic import BaseModel

from postrider.aws.clients import client
from postrider.kit.settings import names


class EventBridgeScheduler:
    def put(self, name: str, moment: datetime, queue: str, order: BaseModel) -> None:
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
                "Input": order.model_dump_json(),
            },
        }
        try:
            client("scheduler").create_schedule(**schedule)
        except ClientError as exc:
            if exc.response["Error"]["Code"] != "ConflictException":
                raise
            client("scheduler").update_schedule(**schedule)

    def remove(self, name: str) -> None:
        try:
            client("scheduler").delete_schedule(Name=name, GroupName=names().schedule_group)
        except ClientError as exc:
            if exc.response["Error"]["Code"] != "ResourceNotFoundException":
                raise

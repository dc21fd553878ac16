"""Parameters of the routes of workflows."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from postrider.http.main.wire import ActionId as ActionId
from postrider.http.main.wire import WorkflowId as WorkflowId
from postrider.kit.wire_ids import of_decimal as number

__all__ = ["ActionId", "BlueprintId", "LockKey", "WorkflowId", "number"]

BlueprintId = Annotated[str, Path()]
LOCK_KEY_PATTERN = r"^[a-zA-Z0-9-_]{8,}$"
LockKey = Annotated[
    str | None,
    Query(
        pattern=LOCK_KEY_PATTERN,
        description="Key of a lock held by the caller; a workflow locked with another key refuses the call.",
    ),
]

"""Read the logs of the deployed functions from the stand-in's CloudWatch Logs."""

from typing import Any

GROUP_PREFIX = "/aws/lambda/"
PLATFORM_LINES = ("START RequestId", "END RequestId", "REPORT RequestId")
MAX_LINES = 200


def recent_lines(logs: Any, *, function: str, text: str) -> list[dict[str, Any]]:
    """Lines of the functions whose name contains `function`, those that contain `text`; newest first."""
    groups = logs.describe_log_groups(logGroupNamePrefix=GROUP_PREFIX)["logGroups"]
    lines = []
    for name in (group["logGroupName"] for group in groups if function in group["logGroupName"]):
        for event in logs.filter_log_events(logGroupName=name)["events"]:
            message = event["message"].rstrip()
            if text in message and message and not message.startswith(PLATFORM_LINES):
                function_name = name.removeprefix(GROUP_PREFIX)
                lines.append({"function": function_name, "at_ms": event["timestamp"], "message": message})
    return sorted(lines, key=lambda line: line["at_ms"], reverse=True)[:MAX_LINES]

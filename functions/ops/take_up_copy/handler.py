"""Let restored tables send; run by hand, by `make take-up`: it has no route."""

from datetime import datetime
from typing import Any

from postrider import bootstrap


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Suspend the campaigns that were being sent, unless {"resume": true}, then let the tables send. Return what is suspended.

    {"stopped_at": "2026-11-30T10:20:00Z"} says since when the original has sent nothing.
    """
    stopped_at = event.get("stopped_at")
    return {
        "suspended": bootstrap.copy_takeover().take_up(
            resume=bool(event.get("resume")),
            stopped_at=None if stopped_at is None else datetime.fromisoformat(stopped_at),
        )
    }

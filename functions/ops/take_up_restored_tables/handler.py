"""Allow restored tables to send. Operators invoke it with `make take-up`; it has no route."""

from datetime import datetime
from typing import Any

from postrider import bootstrap


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Suspend unfinished campaigns, unless {"resume": true}; then allow the tables to send. Return the suspended campaigns.

    {"stopped_at": "2026-11-30T10:20:00Z"} is the moment since which the original has sent nothing; it cannot be
    given together with {"resume": true}. The function fails, and changes nothing, for a moment that is not possible.
    """
    stopped_at = event.get("stopped_at")
    return {
        "suspended": bootstrap.restored_tables_takeover().take_up(
            resume=bool(event.get("resume")),
            stopped_at=None if stopped_at is None else datetime.fromisoformat(stopped_at),
        )
    }

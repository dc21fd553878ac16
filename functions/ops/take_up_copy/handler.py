"""Allow restored tables to send. Operators invoke it with `make take-up`; it has no route."""

from typing import Any

from postrider import bootstrap


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Suspend unfinished campaigns, unless {"resume": true}; then allow the tables to send. Return the suspended campaigns."""
    return {"suspended": bootstrap.copy_takeover().take_up(resume=bool(event.get("resume")))}

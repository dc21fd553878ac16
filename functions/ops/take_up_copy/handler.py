"""Let restored tables send; run by hand, by `make take-up`: it has no route."""

from typing import Any

from postrider import bootstrap


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Suspend the campaigns that were being sent, unless {"resume": true}, then let the tables send. Return what is suspended."""
    return {"suspended": bootstrap.copy_takeover().take_up(resume=bool(event.get("resume")))}

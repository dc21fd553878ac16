"""Create the first account and its owner. Operators and deployments invoke it; it has no route."""

from typing import Any

from postrider import bootstrap


def lambda_handler(event: dict[str, str], context: Any) -> dict[str, str]:
    """Create the owner from {"email", "password", "name"?} and return the ids. A second call changes nothing."""
    user = bootstrap.owners().ensure(email=event["email"], password=event["password"], name=event.get("name"))
    return {"account_id": user.account_id, "user_id": user.id}

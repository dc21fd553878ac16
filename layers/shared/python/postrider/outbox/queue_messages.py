"""Messages on the queue relay-domain-events."""

from typing import Any

from pydantic import BaseModel


class RelayEvents(BaseModel):
    """The key of a stored item of the outbox, or events of the log, whose worker enqueues them again after a crash."""

    account_id: str
    shard: int | None = None
    key: str | None = None
    events: list[dict[str, Any]] = []

"""Messages that move contacts through workflows, with ids only. They can be repeated."""

from datetime import datetime

from pydantic import BaseModel

JOURNEYS_QUEUE = "run-journeys"


class MoveContacts(BaseModel):
    """A request to let contacts enter a workflow by an event; without contacts, to begin the due runs of an action."""

    account_id: str
    workflow_id: int = 0
    contact_ids: list[int] = []
    event_id: str = ""
    at: datetime | None = None
    activation: int | None = None
    action_id: int = 0

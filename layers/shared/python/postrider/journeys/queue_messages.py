"""Messages that advance contacts in workflows, with ids only. They can be repeated."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class AdvanceWorkflow(BaseModel):
    """A request to let contacts enter a workflow by an event; without contacts, to begin the due runs of an action."""

    kind: Literal["advance_workflow"] = "advance_workflow"
    account_id: str
    workflow_id: int = 0
    contact_ids: list[int] = []
    event_id: str = ""
    at: datetime | None = None
    activation: int | None = None
    action_id: int = 0

"""Messages that move contacts through workflows: ids only. Repetitions are harmless."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class MoveContacts(BaseModel):
    """An order to let contacts enter a workflow by an event, or, without contacts, to begin the runs of an action that is due."""

    kind: Literal["move_contacts"] = "move_contacts"
    account_id: str
    workflow_id: int = 0
    contact_ids: list[int] = []
    event_id: str = ""
    at: datetime | None = None
    activation: int | None = None
    action_id: int = 0

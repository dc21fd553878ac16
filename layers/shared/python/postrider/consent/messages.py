"""What confirmation_requests for consent enqueues: ids only."""

from pydantic import BaseModel

ASK_SUBSCRIBERS = "ask-subscribers"


class AskSubscriber(BaseModel):
    """Mail the link that confirms. `form_id` is empty without a form; `again`: who unsubscribed asked to come back."""

    account_id: str
    list_id: int
    contact_id: int
    form_id: str = ""
    again: bool = False

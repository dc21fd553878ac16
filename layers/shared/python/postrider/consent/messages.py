"""Define the queue message of a confirmation request. It holds only ids."""

from pydantic import BaseModel

ASK_SUBSCRIBERS = "ask-subscribers"


class AskSubscriber(BaseModel):
    """Mail the confirmation link to a contact. `form_id` is empty without a form.

    `again` is true when the contact had unsubscribed and asked to be subscribed again.
    """

    account_id: str
    list_id: int
    contact_id: int
    form_id: str = ""
    again: bool = False

"""Define the queue message of a confirmation request. It has only ids."""

from pydantic import BaseModel

ASK_SUBSCRIBERS = "ask-subscribers"


class AskSubscriber(BaseModel):
    """A request to mail the confirmation link to a contact, unless its consent has changed since the request.

    `consent_number` is the consent number of the contact at the request; `sign_up_id` is empty without a form.
    """

    account_id: str
    list_id: int
    contact_id: int
    consent_number: int
    sign_up_id: str = ""

"""Define the queue message of a confirmation request. It holds only ids."""

from typing import Literal

from pydantic import BaseModel


class AskSubscriber(BaseModel):
    """Mail the confirmation link to a contact, unless the consent was given or taken away since the request.

    `consent_number` is that of the contact at the request; `sign_up_id` is empty without a form.
    """

    kind: Literal["ask_subscriber"] = "ask_subscriber"
    account_id: str
    list_id: int
    contact_id: int
    consent_number: int
    sign_up_id: str = ""

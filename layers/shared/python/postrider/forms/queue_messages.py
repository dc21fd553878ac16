"""Define the queue message of a sign-up.

The visitor gets an answer before the message is processed, so that the response time does not reveal known addresses.
"""

from typing import Literal

from pydantic import BaseModel

from postrider.contacts.model import ConsentRecord


class SubscribeContact(BaseModel):
    """A request to process a sign-up. The submitted values and the consent are not stored elsewhere yet."""

    kind: Literal["subscribe_contact"] = "subscribe_contact"
    account_id: str
    form_id: str
    sign_up_id: str
    email: str
    attributes: dict[str, str] = {}
    interests: list[str] = []
    consent: ConsentRecord

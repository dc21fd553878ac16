"""Define the queue message of a sign-up.

The visitor is answered before the message is processed, so the time of the answer does not reveal known addresses.
"""

from typing import Literal

from pydantic import BaseModel


class SubscribeContact(BaseModel):
    """Process one sign-up. The message holds the typed values, which are stored nowhere else until then."""

    kind: Literal["subscribe_contact"] = "subscribe_contact"
    account_id: str
    form_id: str
    sign_up_id: str
    email: str
    attributes: dict[str, str] = {}
    interests: list[str] = []

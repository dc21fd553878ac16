"""Define the queue message of a sign-up.

The visitor is answered before the message is processed, so the time of the answer does not reveal known addresses.
"""

from pydantic import BaseModel

from postrider.contacts.model import ConsentRecord

SUBSCRIBE_CONTACTS = "subscribe-contacts"


class SubscribeContact(BaseModel):
    """Process one sign-up. The message holds the typed values and the consent, which are stored nowhere else until then."""

    account_id: str
    form_id: str
    sign_up_id: str
    email: str
    attributes: dict[str, str] = {}
    interests: list[str] = []
    consent: ConsentRecord

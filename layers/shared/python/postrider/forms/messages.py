"""What a sign-up enqueues: the answer to the visitor does not wait for it, so it cannot tell who is known."""

from pydantic import BaseModel

SUBSCRIBE_CONTACTS = "subscribe-contacts"


class SubscribeContact(BaseModel):
    """Take one sign-up. It carries what was typed, which is stored nowhere before it is taken."""

    account_id: str
    form_id: str
    email: str
    attributes: dict[str, str] = {}
    interests: list[str] = []

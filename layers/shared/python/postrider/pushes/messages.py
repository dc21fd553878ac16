"""Messages of push messages."""

from pydantic import BaseModel

from postrider.transactional.messages import QUEUE as QUEUE


class SendPush(BaseModel):
    """An order to send a push message; it has the queue of transactional mail."""

    account_id: str
    push_id: int

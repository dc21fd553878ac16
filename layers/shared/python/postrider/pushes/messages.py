"""Messages of push messages."""

from pydantic import BaseModel

from postrider.transactional.messages import QUEUE as QUEUE


class SendPush(BaseModel):
    """A request to send a push message, on the queue of transactional mail."""

    account_id: str
    push_id: int

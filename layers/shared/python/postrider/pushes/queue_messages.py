"""Messages of push messages."""

from typing import Literal

from pydantic import BaseModel

from postrider.transactional.queue_messages import QUEUE as QUEUE


class SendPush(BaseModel):
    """A request to send a push message, on the queue of transactional mail."""

    kind: Literal["send_push"] = "send_push"
    account_id: str
    push_id: int

"""Messages on the queue call-webhooks."""

from pydantic import BaseModel


class CallWebhook(BaseModel):
    """A request to send the due callbacks of a webhook."""

    account_id: str
    webhook_id: str

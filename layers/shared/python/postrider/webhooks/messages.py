"""Messages on the queue call-webhooks."""

from pydantic import BaseModel


class CallWebhook(BaseModel):
    """Ask the worker to send the callbacks of a webhook that are due."""

    account_id: str
    webhook_id: str

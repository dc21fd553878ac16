"""Derive the secrets of webhooks, and sign messages.

A secret is not stored: it is derived from the secret of the deployment, the webhook and the number of the secret.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from postrider.kit.clock import unix
from postrider.kit.signing import derive_key
from postrider.webhooks.model import Webhook

PREFIX = "whsec_"


def secrets_of(root: bytes, webhook: Webhook, now: datetime) -> list[str]:
    """Return the valid secrets of a webhook in base64, the current one first."""
    numbers = [webhook.secret_number]
    if webhook.former_secret_until is not None and now < webhook.former_secret_until:
        numbers.append(webhook.secret_number - 1)
    key = derive_key(root, "webhooks")
    texts = (f"{webhook.account_id}\n{webhook.id}\n{number}" for number in numbers)
    return [base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode() for text in texts]


def standard_headers(secrets: Sequence[str], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with a signature by each secret.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    timestamp = str(unix(now))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [f"v1,{_hmac(base64.b64decode(secret), signed)}" for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def body_signature(secret: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of the body in base64; the key is the text of the secret."""
    return _hmac(secret.encode(), body)


def _hmac(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()

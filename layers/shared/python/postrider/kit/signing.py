"""Derive keys from the root secret, hash texts with them, and sign JSON.

No library is used: the texts are shorter than those of itsdangerous, and no import is needed at the start of functions.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from postrider.kit.errors import Invalid

Secret = Callable[[], bytes]
"""A function that returns the secret of the deployment, and reads it at its first use."""
MAC_BYTES = 16
"""Length of the codes in short tokens: forging a code of 128 bits takes 2**127 attempts on average."""


def derive_key(root: bytes, purpose: str) -> bytes:
    """Return the key of a purpose, so that a token of one purpose is invalid for another (RFC 5869, expand step)."""
    return hmac.digest(root, purpose.encode() + b"\x01", hashlib.sha256)


def keyed_hash(root: bytes, purpose: str, text: str) -> str:
    """Return a stable name for `text` that does not reveal it: 32 hex digits."""
    return hmac.digest(derive_key(root, purpose), text.encode(), hashlib.sha256).hex()[:32]


class SecretHasher:
    """A hasher of secrets of one purpose, with a key of the deployment."""

    def __init__(self, root: bytes, purpose: str) -> None:
        self._key = derive_key(root, purpose)

    def hash_of(self, secret: str) -> str:
        """Return the hash of a secret, which may be any text that a caller sends."""
        return hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


class SignedSerializer:
    """A serializer that signs JSON for one purpose. The `context` (account, query) is signed, but not part of the text."""

    def __init__(self, root: bytes, purpose: str) -> None:
        self._key = derive_key(root, purpose)

    def seal(self, payload: Any, *, context: Sequence[str] = ()) -> str:
        """Return the signed payload as URL-safe text."""
        body = orjson.dumps(payload)
        return _encoded(self._mac(body, context) + body)

    def unseal(self, text: str, *, context: Sequence[str] = ()) -> Any:
        """Return the payload. Raises Invalid if the text was altered, or signed for another purpose or context."""
        invalid = Invalid("Invalid signature.", code="bad_seal")
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError as exc:
            raise invalid from exc
        mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
        # Only one encoding is valid, although base64 has several for the same bytes.
        if _encoded(raw) != text or not hmac.compare_digest(mac, self._mac(body, context)):
            raise invalid
        return orjson.loads(body)

    def _mac(self, body: bytes, context: Sequence[str]) -> bytes:
        bound = orjson.dumps(list(context))
        return hmac.digest(self._key, len(bound).to_bytes(4) + bound + body, hashlib.sha256)[:MAC_BYTES]


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

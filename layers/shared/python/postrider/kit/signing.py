"""Text that only we can have made: JSON sealed with a keyed hash, bound to a purpose and a context."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from postrider.kit.errors import Invalid

Secret = Callable[[], bytes]
"""Returns the secret of the deployment, which is read when it is needed first."""
MAC_BYTES = 16
"""128 bits: forging one needs 2**127 tries on average."""


def derive_key(root: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose, so that a token of one kind is worthless as another (RFC 5869, expand step)."""
    return hmac.digest(root, purpose.encode() + b"\x01", hashlib.sha256)


def keyed_hash(root: bytes, purpose: str, text: str) -> str:
    """A stable name for `text` that does not tell it, 32 hex digits."""
    return hmac.digest(derive_key(root, purpose), text.encode(), hashlib.sha256).hex()[:32]


class SignedSerializer:
    """Seals JSON for one purpose; `context` (account, query) is authenticated and not stored."""

    def __init__(self, root: bytes, purpose: str) -> None:
        self._key = derive_key(root, purpose)

    def seal(self, payload: Any, *, context: Sequence[str] = ()) -> str:
        body = orjson.dumps(payload)
        return base64.urlsafe_b64encode(self._mac(body, context) + body).rstrip(b"=").decode()

    def unseal(self, text: str, *, context: Sequence[str] = ()) -> Any:
        """The payload. Raises Invalid when the text was not sealed here, for this context, or was altered."""
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError as exc:
            raise Invalid("The text is not one that was handed out here.", code="bad_seal") from exc
        mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
        # Compared by what it encodes to as well: base64 has several spellings of the same bytes.
        same_spelling = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text
        if not same_spelling or not hmac.compare_digest(mac, self._mac(body, context)):
            raise Invalid("The text is not one that was handed out here.", code="bad_seal")
        return orjson.loads(body)

    def _mac(self, body: bytes, context: Sequence[str]) -> bytes:
        bound = orjson.dumps(list(context))
        return hmac.digest(self._key, len(bound).to_bytes(4) + bound + body, hashlib.sha256)[:MAC_BYTES]

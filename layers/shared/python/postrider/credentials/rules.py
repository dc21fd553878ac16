"""Hash secrets of credentials."""

import hashlib
import hmac
from typing import Final

from postrider.kit.signing import derive_key

HINT_CHARS: Final = 4


class SecretHasher:
    """A hasher of secrets of credentials with a key of the deployment."""

    def __init__(self, root: bytes) -> None:
        self._key = derive_key(root, "credentials")

    def hash_of(self, secret: str) -> str:
        return hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()

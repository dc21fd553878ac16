"""Encrypt texts that are stored temporarily and never shown, with keys derived from the root secret."""

import base64
import os

from postrider.kit.signing import derive_key

NONCE_BYTES = 12
"""https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf, section 8.2"""


class Encryption:
    """AES-256-GCM for one purpose. A text is bound to its context, and cannot be decrypted with another one."""

    def __init__(self, root: bytes, purpose: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # imported here, because few calls need it

        self._cipher = AESGCM(derive_key(root, f"encryption:{purpose}"))

    def encrypt(self, text: str, *, context: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), context.encode())).decode()

    def decrypt(self, encrypted: str, *, context: str) -> str:
        """Return the text. Raises cryptography's InvalidTag for an altered text, or another context."""
        raw = base64.b64decode(encrypted)
        return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()

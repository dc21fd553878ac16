"""What signs access tokens."""

from typing import Protocol


class Signer(Protocol):
    """An RSA key that never leaves its holder; signatures are RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3)."""

    def sign(self, message: bytes) -> bytes: ...

    def public_key_pem(self) -> str:
        """The public key as PEM (SubjectPublicKeyInfo)."""
        ...

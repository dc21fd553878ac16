"""Define the port that signs access tokens."""

from typing import Protocol


class Signer(Protocol):
    """A private RSA key. Signatures are RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3)."""

    def sign(self, message: bytes) -> bytes: ...

    def public_key_pem(self) -> str:
        """Return the public key as PEM (SubjectPublicKeyInfo)."""
        ...

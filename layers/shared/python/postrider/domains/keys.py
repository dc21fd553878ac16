"""Make pairs of DKIM keys."""

import base64
from typing import Final, NamedTuple

KEY_BITS: Final = 2048
"""The longest that SES imports: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-bring-your-own.html"""
PUBLIC_EXPONENT: Final = 65537


class KeyPair(NamedTuple):
    """Both halves as base64 without header lines: SubjectPublicKeyInfo and PKCS #8."""

    public: str
    private: str


def new_key_pair() -> KeyPair:
    from cryptography.hazmat.primitives import serialization  # imported here, because few calls need it
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secret = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(base64.b64encode(public).decode(), base64.b64encode(secret).decode())

"""Create pairs of DKIM keys, and parse keys of customers."""

import base64
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from postrider.kit.errors import Invalid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

MIN_KEY_BITS: Final = 1024
KEY_BITS: Final = 2048
"""The sizes of keys that SES imports: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-bring-your-own.html"""
PUBLIC_EXPONENT: Final = 65537
MAX_KEY_CHARS: Final = 4096
"""Maximum length of a private key as text; a key of KEY_BITS has about 1,700 characters."""
_FRAME: Final = re.compile(r"-----[A-Z ]+-----")


class KeyPair(NamedTuple):
    """A pair of keys as base64 without header lines: SubjectPublicKeyInfo and PKCS #8."""

    public: str
    private: str


def new_key_pair() -> KeyPair:
    from cryptography.hazmat.primitives.asymmetric import rsa  # imported here, because few calls need it

    return _pair_of(rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS))


def key_pair_of(private_key: str) -> KeyPair:
    """Return the pair of a private RSA key in PEM, or in the base64 of PEM (PKCS #8 or PKCS #1).

    Raises Invalid for other texts, a key with a password, and a size that SES does not import. The message does not contain
    the key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    reason = ""
    try:
        if len(private_key) > MAX_KEY_CHARS:
            raise ValueError
        raw = base64.b64decode("".join(_FRAME.sub("", private_key).split()), validate=True)
        key = serialization.load_der_private_key(raw, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        reason = "Invalid private key: expected an RSA key without a password, as PEM or base64 (PKCS #8 or PKCS #1)."
    else:
        if isinstance(key, rsa.RSAPrivateKey) and MIN_KEY_BITS <= key.key_size <= KEY_BITS:
            return _pair_of(key)
        reason = f"Invalid private key: expected an RSA key of {MIN_KEY_BITS} to {KEY_BITS} bits."
    raise Invalid(reason, code="private_key_invalid", field="private_key")


def _pair_of(private: "RSAPrivateKey") -> KeyPair:
    from cryptography.hazmat.primitives import serialization

    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    secret = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(base64.b64encode(public).decode(), base64.b64encode(secret).decode())

"""Sign with an asymmetric KMS key."""

from functools import cached_property

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from postrider.aws.clients import client

ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
"""https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html; a message has at most 4096 bytes."""


class KmsSigner:
    def __init__(self, key_id: str) -> None:
        self._key_id = key_id

    def sign(self, message: bytes) -> bytes:
        answer = client("kms").sign(KeyId=self._key_id, Message=message, MessageType="RAW", SigningAlgorithm=ALGORITHM)
        signature: bytes = answer["Signature"]
        return signature

    def public_key_pem(self) -> str:
        return self._public_key_pem

    @cached_property
    def _public_key_pem(self) -> str:
        der = client("kms").get_public_key(KeyId=self._key_id)["PublicKey"]
        return load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

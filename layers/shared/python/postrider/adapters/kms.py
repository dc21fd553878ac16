"""Sign with an asymmetric KMS key."""

from functools import cached_property
from typing import Any

import boto3
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
"""https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html; a message has at most 4096 bytes."""


class KmsSigner:
    def __init__(self, key_id: str) -> None:
        self._key_id = key_id

    @cached_property
    def _client(self) -> Any:
        return boto3.client("kms")

    def sign(self, message: bytes) -> bytes:
        answer = self._client.sign(KeyId=self._key_id, Message=message, MessageType="RAW", SigningAlgorithm=ALGORITHM)
        signature: bytes = answer["Signature"]
        return signature

    def public_key_pem(self) -> str:
        return self._public_key_pem

    @cached_property
    def _public_key_pem(self) -> str:
        der = self._client.get_public_key(KeyId=self._key_id)["PublicKey"]
        return load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

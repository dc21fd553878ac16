"""The deployment's root secret, read once per process."""

import boto3


def root_secret(name: str) -> bytes:
    """Keys for cursors, links and hashes are derived from it; see `postrider.kit.signing.derive_key`."""
    text: str = boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    return text.encode()

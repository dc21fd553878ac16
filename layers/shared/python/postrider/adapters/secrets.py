"""Read the root secret of the deployment."""

from postrider.aws.clients import client


def root_secret(name: str) -> bytes:
    """Return the root secret, from which `postrider.kit.signing.derive_key` derives all other keys."""
    text: str = client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    return text.encode()

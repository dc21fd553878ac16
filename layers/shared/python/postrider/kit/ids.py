"""Create random, URL-safe identifiers. Integer ids come from `postrider.storage.sequences`."""

import secrets

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def random_id(length: int = 20) -> str:
    """Return a random id with about 5.17 bits of entropy per character: 103 bits by default."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def random_secret() -> str:
    """Return 256 random bits, URL-safe, for links and tokens that must not be guessed."""
    return secrets.token_urlsafe(32)

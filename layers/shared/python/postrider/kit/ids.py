"""Random, URL-safe identifiers; integers come from `postrider.storage.sequences`."""

import secrets

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def random_id(length: int = 20) -> str:
    """About 5.17 bits of entropy a character: the default has 103 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def random_secret() -> str:
    """256 bits, URL-safe, for links and tokens that must not be guessed."""
    return secrets.token_urlsafe(32)

"""Check whether a domain of tracked links leads to this deployment, over HTTPS with a valid certificate."""

from collections.abc import Callable

import orjson

from postrider.kit.errors import Invalid
from postrider.ports.fetcher import Fetcher

PROOF_PATH = "/token/pubkey"
"""A public page with a text that is unique for this deployment: the public key of its tokens."""
MAX_BYTES = 16 * 1024


class TrackingProof:
    def __init__(self, fetcher: Callable[[], Fetcher], public_key: Callable[[], str]) -> None:
        self._fetcher, self._public_key = fetcher, public_key

    def is_served_at(self, url: str) -> bool:
        """Return whether this deployment answers at the URL."""
        try:
            with self._fetcher().fetch(url + PROOF_PATH, max_bytes=MAX_BYTES) as pieces:
                answer = orjson.loads(b"".join(pieces))
        except (Invalid, orjson.JSONDecodeError):
            return False
        return isinstance(answer, dict) and answer.get("pubkey") == self._public_key()

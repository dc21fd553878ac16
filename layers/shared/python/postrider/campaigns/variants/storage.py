"""Store sets of variants as objects beside the contents, each under a random id that a revision of its campaign has."""

from collections.abc import Mapping
from typing import Any

import orjson

from postrider.ports.object_store import ObjectStore


class StoredVariants:
    """A store of sets of variants. An object is never changed, so that a run keeps its set."""

    def __init__(self, objects: ObjectStore, folder: str) -> None:
        self._objects, self._folder = objects, folder

    def save(self, account_id: str, variants_id: str, stored: Mapping[str, Any]) -> None:
        """Store a set under a new id."""
        self._objects.put(
            self._key(account_id, variants_id), orjson.dumps(dict(stored)), content_type="application/json"
        )

    def get(self, account_id: str, variants_id: str) -> dict[str, Any]:
        """Return the set. Raises ObjectMissing."""
        stored: dict[str, Any] = orjson.loads(self._objects.get(self._key(account_id, variants_id)))
        return stored

    def delete(self, account_id: str, variants_id: str) -> None:
        """Delete the set if it exists."""
        self._objects.delete(self._key(account_id, variants_id))

    def _key(self, account_id: str, variants_id: str) -> str:
        return f"{self._folder}/{account_id}/{variants_id}.variants.json"

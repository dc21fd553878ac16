"""Stores contents as objects, each under a random id that the row of its owner names."""

from dataclasses import asdict

import orjson

from postrider.content.model import Content
from postrider.ports.object_store import ObjectStore


class ContentStore:
    """The contents of one kind of owner. An object is never written twice, so that simultaneous changes cannot mix."""

    def __init__(self, objects: ObjectStore, folder: str) -> None:
        self._objects, self._folder = objects, folder

    def save(self, account_id: str, content_id: str, content: Content) -> None:
        """Store a content under a new id. The row that names it is stored after it."""
        self._objects.put(
            self._key(account_id, content_id), orjson.dumps(asdict(content)), content_type="application/json"
        )

    def get(self, account_id: str, content_id: str) -> Content:
        """Return the content. Raises ObjectMissing."""
        return Content(**orjson.loads(self._objects.get(self._key(account_id, content_id))))

    def delete(self, account_id: str, content_id: str) -> None:
        """Delete the content if it exists."""
        self._objects.delete(self._key(account_id, content_id))

    def _key(self, account_id: str, content_id: str) -> str:
        return f"{self._folder}/{account_id}/{content_id}.json"

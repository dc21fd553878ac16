"""Store contents as objects, each under a random id that the row of its owner names."""

from dataclasses import asdict

import orjson
from cachetools import LRUCache

from postrider.content.model import Content
from postrider.ports.object_store import ObjectStore

KEPT_BYTES = 4_000_000
"""Maximum size of the contents that a process caches."""


class ContentStore:
    """The contents of one kind of owner. An object is never written twice, so that simultaneous changes cannot mix.

    With `is_kept`, a process keeps what it has read. The row of the owner, which is read anew, names another id after a
    change, so that no old content is used.
    """

    def __init__(self, objects: ObjectStore, folder: str, *, is_kept: bool = False) -> None:
        self._objects, self._folder = objects, folder
        self._kept: LRUCache[str, bytes] = LRUCache(KEPT_BYTES if is_kept else 0, getsizeof=len)

    def save(self, account_id: str, content_id: str, content: Content) -> None:
        """Store a content under a new id. The row that names it is stored after it."""
        self._objects.put(
            self._key(account_id, content_id), orjson.dumps(asdict(content)), content_type="application/json"
        )

    def get(self, account_id: str, content_id: str) -> Content:
        """Return the content. Raises ObjectMissing."""
        key = self._key(account_id, content_id)
        data = self._kept.get(key)
        if data is None:
            data = self._objects.get(key)
            if len(data) <= self._kept.maxsize:
                self._kept[key] = data
        return Content(**orjson.loads(data))

    def delete(self, account_id: str, content_id: str) -> None:
        """Delete the content if it exists."""
        key = self._key(account_id, content_id)
        self._kept.pop(key, None)
        self._objects.delete(key)

    def _key(self, account_id: str, content_id: str) -> str:
        return f"{self._folder}/{account_id}/{content_id}.json"

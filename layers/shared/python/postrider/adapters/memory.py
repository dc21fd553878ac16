"""Fakes with memory, for tests."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from postrider.adapters.s3 import SignedForm
from postrider.ports.object_store import SIGNED_URL_LIFE_S, ObjectMissing


class MemoryObjectStore:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> None:
        self.objects[key] = body

    def get(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError as exc:
            raise ObjectMissing(key) from exc

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return self.get(key)[start:end]

    def size(self, key: str) -> int:
        return len(self.get(key))

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def join(self, key: str, header: bytes, parts: Sequence[str], *, content_type: str) -> None:
        self.objects[key] = header + b"".join(self.get(part) for part in parts)

    def signed_download(self, key: str, filename: str, life_s: int = SIGNED_URL_LIFE_S) -> str:
        return f"https://objects.example.com/{key}?life={life_s}"

    def signed_upload(self, key: str, content_type: str, max_bytes: int, life_s: int = SIGNED_URL_LIFE_S) -> SignedForm:
        return SignedForm("https://objects.example.com/", {"key": key, "Content-Type": content_type})


class MemoryQueue:
    """Keeps messages by queue until a test drains them."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[tuple[str, BaseModel]]] = defaultdict(list)

    def send(self, queue: str, messages: Sequence[BaseModel], *, group: str, delay_s: int = 0) -> None:
        self.waiting[queue] += [(group, message) for message in messages]

    def drain(self, queue: str, handle: Callable[[Any], None]) -> int:
        """Handle what waits, and what that enqueues, until nothing is left; the number of messages handled."""
        handled = 0
        while self.waiting[queue]:
            _, message = self.waiting[queue].pop(0)
            handle(message)
            handled += 1
        return handled

"""Files: imports, exports, large bodies. Whoever may read or write one gets a signed URL that lives 15 minutes."""

from collections.abc import Iterable, Sequence
from typing import Protocol

SIGNED_URL_LIFE_S = 900


class ObjectMissing(Exception):
    """There is no such object, or it has expired."""


class ObjectStore(Protocol):
    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> None: ...

    def get(self, key: str) -> bytes:
        """The whole object. Raises ObjectMissing."""
        ...

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to, not including, `end`; fewer at the end of the object. Raises ObjectMissing."""
        ...

    def size(self, key: str) -> int:
        """In bytes. Raises ObjectMissing."""
        ...

    def delete(self, key: str) -> None:
        """Does nothing when there is no such object."""
        ...

    def write(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> None:
        """One object from its pieces as they come; little of it is in memory. Nothing is stored when `chunks` raises."""
        ...

    def join(self, key: str, header: bytes, parts: Sequence[str], *, content_type: str) -> None:
        """Write one object: `header`, then the objects `parts` in order; only a few of them are in memory at a time."""
        ...

    def signed_download(self, key: str, filename: str, life_s: int = SIGNED_URL_LIFE_S) -> str:
        """A URL that answers the object as an attachment with this file name."""
        ...

    def signed_upload(self, key: str, content_type: str, max_bytes: int, life_s: int = SIGNED_URL_LIFE_S) -> "Upload":
        """A form that stores exactly this key, with this content type and at most this size."""
        ...


class Upload(Protocol):
    """POST `fields`, then the file as the field `file`, to `url` as multipart/form-data."""

    @property
    def url(self) -> str: ...

    @property
    def fields(self) -> dict[str, str]: ...

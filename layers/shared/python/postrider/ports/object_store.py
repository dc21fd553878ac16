"""Define the port that stores files: imports, exports, large bodies. Signed URLs give access for 15 minutes."""

from collections.abc import Iterable, Sequence
from typing import Protocol

SIGNED_URL_LIFE_S = 900


class ObjectMissing(Exception):
    """The object does not exist, or has expired."""


class ObjectStore(Protocol):
    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> None: ...

    def get(self, key: str) -> bytes:
        """Return the whole object. Raises ObjectMissing."""
        ...

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Return the bytes from `start` to before `end`, fewer at the end of the object. Raises ObjectMissing."""
        ...

    def size(self, key: str) -> int:
        """Return the size in bytes. Raises ObjectMissing."""
        ...

    def delete(self, key: str) -> None:
        """Delete the object if it exists."""
        ...

    def write(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> None:
        """Write an object from pieces, using little memory. Store nothing if `chunks` raises an error."""
        ...

    def join(self, key: str, header: bytes, parts: Sequence[str], *, content_type: str) -> None:
        """Write an object from `header` and the objects `parts` in order, using little memory."""
        ...

    def signed_download(self, key: str, filename: str, life_s: int = SIGNED_URL_LIFE_S) -> str:
        """Return a URL that downloads the object as an attachment with this file name."""
        ...

    def signed_upload(self, key: str, content_type: str, max_bytes: int, life_s: int = SIGNED_URL_LIFE_S) -> "Upload":
        """Return a form that stores exactly this key, with this content type and at most this size."""
        ...


class Upload(Protocol):
    """A signed upload: POST `fields`, then the file as the field `file`, to `url` as multipart/form-data."""

    @property
    def url(self) -> str: ...

    @property
    def fields(self) -> dict[str, str]: ...

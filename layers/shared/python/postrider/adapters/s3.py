"""Store objects in one private S3 bucket."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any
from urllib.parse import quote

from botocore.config import Config
from botocore.exceptions import ClientError

from postrider.aws.clients import new_client
from postrider.ports.object_store import SIGNED_URL_LIFE_S, ObjectMissing

_MISSING = {"NoSuchKey", "404", "NotFound"}
_PAST_THE_END = "InvalidRange"

MIN_PART_BYTES = 5 * 1024 * 1024
"""Minimum size of a part, except the last one: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html."""


@dataclass(frozen=True)
class SignedForm:
    url: str
    fields: dict[str, str]


class S3ObjectStore:
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    @cached_property
    def _s3(self) -> Any:
        # Without "virtual", signed URLs use the global endpoint, whose redirect makes the signature invalid:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
        return new_client("s3", Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    def get(self, key: str) -> bytes:
        with _missing_as_ours(key):
            body: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return body

    def get_range(self, key: str, start: int, end: int) -> bytes:
        if end <= start:
            return b""
        try:
            with _missing_as_ours(key):
                answer = self._s3.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={start}-{end - 1}")
        except ClientError as exc:
            if exc.response["Error"]["Code"] == _PAST_THE_END:
                return b""
            raise
        body: bytes = answer["Body"].read()
        return body

    def size(self, key: str) -> int:
        with _missing_as_ours(key):
            return int(self._s3.head_object(Bucket=self._bucket, Key=key)["ContentLength"])

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def join(self, key: str, header: bytes, parts: Sequence[str], *, content_type: str) -> None:
        self.write(key, chain([header], map(self.get, parts)), content_type=content_type)

    def write(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> None:
        upload = self._s3.create_multipart_upload(Bucket=self._bucket, Key=key, ContentType=content_type)
        target = {"Bucket": self._bucket, "Key": key, "UploadId": upload["UploadId"]}
        try:
            stored: list[dict[str, Any]] = []
            for number, body in enumerate(_upload_parts(chunks), start=1):
                answer = self._s3.upload_part(**target, PartNumber=number, Body=body)
                stored.append({"PartNumber": number, "ETag": answer["ETag"]})
            self._s3.complete_multipart_upload(**target, MultipartUpload={"Parts": stored})
        except BaseException:
            self._s3.abort_multipart_upload(**target)
            raise

    def signed_download(self, key: str, filename: str, life_s: int = SIGNED_URL_LIFE_S) -> str:
        url: str = self._s3.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                # The extended form (RFC 6266, section 4.3) allows any name and cannot break the header.
                "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
            },
            ExpiresIn=life_s,
        )
        return url

    def signed_upload(self, key: str, content_type: str, max_bytes: int, life_s: int = SIGNED_URL_LIFE_S) -> SignedForm:
        form = self._s3.generate_presigned_post(
            self._bucket,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, max_bytes]],
            ExpiresIn=life_s,
        )
        return SignedForm(form["url"], form["fields"])


def _upload_parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes as parts of a multipart upload, at least one."""
    pending, has_parts = bytearray(), False
    for chunk in chunks:
        pending += chunk
        if len(pending) >= MIN_PART_BYTES:
            yield bytes(pending)
            pending.clear()
            has_parts = True
    if pending or not has_parts:
        yield bytes(pending)


@contextmanager
def _missing_as_ours(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as exc:
        if exc.response["Error"]["Code"] in _MISSING:
            raise ObjectMissing(key) from exc
        raise

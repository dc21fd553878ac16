"""Accept uploaded files, and start the tasks that import them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from postrider.accounts.model import Caller
from postrider.imports import csv_file
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.ports.object_store import ObjectMissing, ObjectStore, Upload
from postrider.tasks.model import Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

CUT = "cut"
"""The first part of the task: find the positions of all others."""
CSV_TYPE = "text/csv"


@dataclass(frozen=True, kw_only=True)
class UploadedFile:
    """An uploaded file; `head` is its beginning, and `key` its key in the object store."""

    account_id: str
    key: str
    size: int
    head: bytes


class UploadedFiles:
    def __init__(self, tasks: TaskService, runner: TaskRunner, objects: ObjectStore) -> None:
        self._tasks, self._runner, self._objects = tasks, runner, objects

    def offer(self, account_id: str, *, max_bytes: int = csv_file.MAX_BYTES) -> tuple[str, Upload]:
        """Return the id of an upload, and a signed form for it that is valid for 15 minutes."""
        upload_id = random_id()
        return upload_id, self._objects.signed_upload(upload_key(account_id, upload_id), CSV_TYPE, max_bytes)

    def read(self, account_id: str, upload_id: str, *, max_bytes: int = csv_file.MAX_BYTES) -> UploadedFile:
        """Return an uploaded file. Raises NotFound, and Invalid if it is too large."""
        key = upload_key(account_id, upload_id)
        try:
            size = self._objects.size(key)
            head = self._objects.get_range(key, 0, csv_file.HEAD_BYTES)
        except ObjectMissing as exc:
            raise NotFound("Unknown upload.", code="upload_not_found", field="upload_id") from exc
        if size > max_bytes:
            raise Invalid(f"The file is too large: at most {max_bytes} bytes are allowed.", code="file_too_large")
        return UploadedFile(account_id=account_id, key=key, size=size, head=head)

    def start_import(
        self,
        file: UploadedFile,
        file_format: csv_file.CsvFormat,
        payload: Mapping[str, Any],
        *,
        type: TaskType = TaskType.CONTACTS_IMPORT,
        list_id: int | None = None,
        description: str | None = None,
        requested_by: Caller | None = None,
    ) -> Task:
        """Start the task that imports a file in parts; `payload` has the settings of the import (see `ImportFileJob`)."""
        task = self._tasks.create(
            file.account_id,
            type=type,
            total=1 + csv_file.count_parts(file.size),
            list_id=list_id,
            description=description,
            requested_by=requested_by,
            payload={
                "key": file.key,
                "size": file.size,
                "delimiter": file_format.delimiter,
                "header": file_format.columns,
                **({} if list_id is None else {"list_id": list_id}),
                **payload,
            },
        )
        self._runner.enqueue(task, [CUT])
        return task


def upload_key(account_id: str, upload_id: str) -> str:
    """Return the object key of an uploaded file. Raises NotFound for an id of the wrong form."""
    if not re.fullmatch(r"[0-9a-z]{1,64}", upload_id):
        raise NotFound("Unknown upload.", code="upload_not_found", field="upload_id")
    return f"imports/{account_id}/uploads/{upload_id}.csv"

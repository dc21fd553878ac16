"""Estimate the number of messages of each queue from the calls of this process."""

import threading
from collections import Counter
from typing import Any

from botocore.client import BaseClient


class MessageCounts:
    """Count sent messages that were not deleted: receiving from a queue that holds none takes as long as from any other.

    A message whose sending failed is counted as well, for it may have arrived.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._call = BaseClient._make_api_call

    def may_hold(self, url: str) -> bool:
        return self._counts[url] > 0

    def start(self) -> None:
        counts, call = self, self._call

        def counted(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            with counts._lock:
                counts._add(operation, parameters)
            answer = call(client, operation, parameters)
            with counts._lock:
                counts._remove(operation, parameters)
            return answer

        BaseClient._make_api_call = counted

    def stop(self) -> None:
        BaseClient._make_api_call = self._call

    def _add(self, operation: str, parameters: dict[str, Any]) -> None:
        if operation == "SendMessage":
            self._counts[parameters["QueueUrl"]] += 1
        elif operation == "SendMessageBatch":
            self._counts[parameters["QueueUrl"]] += len(parameters["Entries"])

    def _remove(self, operation: str, parameters: dict[str, Any]) -> None:
        """Count deleted messages; messages that another process has sent were not counted."""
        url = parameters.get("QueueUrl", "")
        if operation == "DeleteMessage":
            self._counts[url] = max(0, self._counts[url] - 1)
        elif operation == "DeleteMessageBatch":
            self._counts[url] = max(0, self._counts[url] - len(parameters["Entries"]))
        elif operation == "PurgeQueue":
            del self._counts[url]

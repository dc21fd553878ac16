"""Define the port that enqueues messages, which are delivered at least once, and fair between accounts."""

from collections.abc import Sequence
from typing import Protocol


class QueueMessage(Protocol):
    """A pydantic model, or another object with a JSON representation."""

    def model_dump_json(self) -> str: ...


class QueueRefused(Exception):
    """Some messages were refused after several attempts. The others stay enqueued."""


class Queue(Protocol):
    def send(self, queue: str, messages: Sequence[QueueMessage], *, group: str, delay_s: int = 0) -> None:
        """Enqueue messages on the queue with this short name ("add-contacts"). Raises QueueRefused.

        `group` is the account. The backlog of one account does not delay the others, nor that of one kind of message
        other kinds on the same queue.
        """
        ...

"""Queues of orders: ids only, delivered at least once, fair between accounts."""

from collections.abc import Sequence
from typing import Protocol


class Message(Protocol):
    """A pydantic model, or anything else that writes itself as JSON."""

    def model_dump_json(self) -> str: ...


class QueueRefused(Exception):
    """Some messages were not taken after several tries; what was enqueued stays enqueued."""


class Queue(Protocol):
    def send(self, queue: str, messages: Sequence[Message], *, group: str, delay_s: int = 0) -> None:
        """Enqueue on the queue with this short name ("import-contacts").

        `group` is the account: one account's backlog does not delay another's. Raises QueueRefused.
        """
        ...

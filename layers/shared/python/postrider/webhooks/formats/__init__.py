"""Formats of callbacks, one for each API: pure functions from an event to a message."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from postrider.outbox.model import DomainEvent
from postrider.webhooks.formats import main
from postrider.webhooks.model import Message, Subject

Format = Callable[[DomainEvent, Subject, Sequence[str], datetime], Message]
"""Returns the message of an event about a subject, signed with these secrets (the current one first) at a moment."""

MAIN = "main"
FORMATS: Mapping[str, Format] = {MAIN: main.message_of}
"""The formats by their stored names."""

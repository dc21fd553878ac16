"""What delivery asks of an audience: who the recipients of a run are, and whether they may still get mail."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Recipient(Protocol):
    @property
    def refusal(self) -> str | None:
        """Why this contact gets no mail now, in a word (unsubscribed, suppressed, …); None when it may."""
        ...


class Audience(Protocol):
    def freeze(self, account_id: str, list_id: int, segment_id: int | None) -> Mapping[str, Any]:
        """Return the audience as it is now, JSON-safe: later contacts and changes of the segment are not in it."""
        ...

    def blocks(self, account_id: str, audience: Mapping[str, Any]) -> list[int]:
        """Return the numbers of the blocks that may hold recipients; the same each time."""
        ...

    def matching(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[int]:
        """Return the contact ids of the recipients in a block, in order."""
        ...

    def read(self, account_id: str, audience: Mapping[str, Any], ids: Sequence[int]) -> Mapping[int, Recipient]:
        """Return the contacts as they are now, by id; deleted ones are missing."""
        ...

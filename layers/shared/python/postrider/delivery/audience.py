"""The port through which delivery reads the recipients of a run, and whether they may still get mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Recipient(Protocol):
    """A contact in its current state, for the composer and the sender."""

    @property
    def email(self) -> str: ...

    @property
    def refusal(self) -> str | None:
        """The code of the reason why the contact gets no mail (unsubscribed, suppressed, …), or None."""
        ...


@dataclass(frozen=True, kw_only=True)
class FrozenAudience:
    """An audience as JSON (`definition`), which a run stores, and the numbers of its blocks."""

    definition: Mapping[str, Any]
    blocks: list[int]


class Audience(Protocol):
    """The audience of a source: a list, a segment or a stored audience, frozen by `freeze`."""

    def freeze(
        self, account_id: str, list_id: int, segment_id: int | None, audience_id: str | None = None
    ) -> FrozenAudience:
        """Return the current audience: it excludes contacts that are added later, and later changes of the segment.

        `audience_id` names the stored audience of a source that has its own.
        """
        ...

    def blocks(self, account_id: str, audience: Mapping[str, Any]) -> list[int]:
        """Return the numbers of the blocks that may have recipients; repeated calls return the same numbers."""
        ...

    def matching(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[int]:
        """Return the contact ids of the recipients of a block, in order."""
        ...

    def read(self, account_id: str, audience: Mapping[str, Any], ids: Sequence[int]) -> Mapping[int, Recipient]:
        """Return the current contacts by id; deleted contacts are missing."""
        ...

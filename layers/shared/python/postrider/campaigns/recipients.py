"""Select the recipients of a campaign: the active contacts of its list or segment when it started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from postrider.contacts.model import Contact, Status
from postrider.contacts.service import ContactService
from postrider.segments.evaluation import FilterEvaluator
from postrider.segments.service import SegmentService
from postrider.suppressions.service import SuppressionService

SUPPRESSED = "suppressed"


@dataclass(frozen=True)
class Recipient:
    """A contact as it is now; `refusal` says in a word why it gets no mail."""

    contact: Contact
    refusal: str | None


class Recipients:
    def __init__(
        self,
        contacts: ContactService,
        segments: SegmentService,
        filter_evaluator: FilterEvaluator,
        suppressions: SuppressionService,
    ) -> None:
        self._contacts, self._segments = contacts, segments
        self._selections, self._suppressions = filter_evaluator, suppressions

    def freeze(self, account_id: str, list_id: int, segment_id: int | None) -> Mapping[str, Any]:
        """Return the list, the segment's expression and the last id now, which excludes later contacts: ids increase."""
        blocks = self._contacts.blocks_of(account_id, list_id)
        last_ids = [self._last_id(account_id, list_id, block) for block in blocks[-1:]]
        expressions: dict[str, Any] = {}
        if segment_id is not None:
            segment = self._segments.get(account_id, list_id, segment_id)
            if segment.language is not None:
                expressions = {segment.language: segment.expression}
        return {
            "list_id": list_id,
            "last_block": blocks[-1] if blocks else -1,
            "last_id": last_ids[0] if last_ids else 0,
            "expressions": expressions,
        }

    def blocks(self, account_id: str, audience: Mapping[str, Any]) -> list[int]:
        """Return the blocks of an audience, which do not change after the start."""
        list_blocks = self._contacts.blocks_of(account_id, audience["list_id"])
        return [block for block in list_blocks if block <= audience["last_block"]]

    def matching(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[int]:
        """Return the ids of the contacts in a block who can be mailed, in order."""
        list_id = audience["list_id"]
        blocking = self._suppressions.blocking(account_id)
        contacts = [
            contact
            for contact in self._contacts.block_contacts(account_id, list_id, block)
            if contact.id <= audience["last_id"] and contact.mailable and not blocking.stops(contact)
        ]
        if not contacts:  # the list may be deleted, with the attributes that an expression names
            return []
        selection = self._selections.parse(account_id, list_id, audience["expressions"])
        return [contact.id for contact in (contacts if selection is None else selection.among(contacts))]

    def read(self, account_id: str, audience: Mapping[str, Any], ids: Sequence[int]) -> dict[int, Recipient]:
        """Return the current state of these recipients by id. Deleted contacts are left out."""
        blocking = self._suppressions.blocking(account_id)
        contacts = self._contacts.contacts_in(account_id, audience["list_id"], ids)
        return {
            contact_id: Recipient(contact, _refusal(contact, blocked=blocking.stops(contact)))
            for contact_id, contact in contacts.items()
        }

    def _last_id(self, account_id: str, list_id: int, block: int) -> int:
        contacts = self._contacts.block_contacts(account_id, list_id, block)
        return contacts[-1].id if contacts else 0


def _refusal(contact: Contact, *, blocked: bool) -> str | None:
    if contact.status != Status.ACTIVE:
        return contact.status.value
    return SUPPRESSED if contact.suppressed or blocked else None

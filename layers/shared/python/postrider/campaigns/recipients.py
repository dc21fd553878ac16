"""The recipients of a campaign: active contacts of a list or of a segment, as they were when the campaign started."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from postrider.contacts.model import BLOCK_SIZE, Contact, Status
from postrider.contacts.service import ContactService
from postrider.delivery.rules import SUPPRESSED
from postrider.filters import from_stored
from postrider.segments.evaluation import FilterEvaluator
from postrider.segments.service import SegmentService
from postrider.suppressions.service import SuppressionService


@dataclass(frozen=True)
class Recipient:
    """A contact as it is now; `refusal` is the reason why it gets no mail, in a word."""

    contact: Contact
    refusal: str | None

    @property
    def email(self) -> str:
        return self.contact.email


class Recipients:
    def __init__(
        self,
        contacts: ContactService,
        segments: SegmentService,
        filter_evaluator: FilterEvaluator,
        suppressions: SuppressionService,
    ) -> None:
        self._contacts, self._segments = contacts, segments
        self._filters, self._suppressions = filter_evaluator, suppressions

    def freeze(self, account_id: str, list_id: int, segment_id: int | None) -> Mapping[str, Any]:
        """Return the list, the tree of the segment, and the last id of this moment: ids grow, so it has no later contacts.

        `places`, when it is not None, says which of the list's blocks have members of a group that the tree requires.
        """
        blocks = self._contacts.blocks_of(account_id, list_id)
        last_ids = [self._last_id(account_id, list_id, block) for block in blocks[-1:]]
        tree = required = None
        if segment_id is not None:
            segment = self._segments.get(account_id, list_id, segment_id)
            compiled = self._segments.compiled_filter(segment)
            tree = segment.tree
            required = None if compiled is None else compiled.required_groups
        return {
            "list_id": list_id,
            "last_block": blocks[-1] if blocks else -1,
            "last_id": last_ids[0] if last_ids else 0,
            "tree": tree,
            "places": None if required is None else self._places(account_id, list_id, required, blocks),
        }

    def blocks(self, account_id: str, audience: Mapping[str, Any]) -> list[int]:
        """Return the blocks in which recipients may be; the same each time."""
        blocks = [
            block
            for block in self._contacts.blocks_of(account_id, audience["list_id"])
            if block <= audience["last_block"]
        ]
        if audience["places"] is None:
            return blocks
        places = int(audience["places"], 16)
        return [block for place, block in enumerate(blocks) if places >> place & 1]

    def matching(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[int]:
        """Return the ids of contacts that may get mail, in order."""
        return [contact.id for contact in self.matching_contacts(account_id, audience, block)]

    def matching_contacts(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[Contact]:
        """Return the contacts that may get mail, in order."""
        list_id = audience["list_id"]
        blocking = self._suppressions.blocking(account_id)
        contacts = [
            contact
            for contact in self._contacts.block_contacts(account_id, list_id, block)
            if contact.id <= audience["last_id"] and contact.is_mailable and not blocking.stops(contact)
        ]
        if audience["tree"] is not None:
            contacts = self._filters.compiled(account_id, list_id, from_stored(audience["tree"])).among(contacts)
        return contacts

    def read(self, account_id: str, audience: Mapping[str, Any], ids: Sequence[int]) -> dict[int, Recipient]:
        """Return the contacts as they are now, by id; deleted ones are missing."""
        blocking = self._suppressions.blocking(account_id)
        contacts = self._contacts.contacts_in(account_id, audience["list_id"], ids)
        return {
            contact_id: Recipient(contact, _refusal(contact, is_blocked=blocking.stops(contact)))
            for contact_id, contact in contacts.items()
        }

    def _places(self, account_id: str, list_id: int, group_ids: Collection[int], blocks: Sequence[int]) -> str:
        """Return which blocks have members of the groups, as a bit for each block, in hexadecimal."""
        with_members = self._contacts.blocks_of_groups(account_id, list_id, group_ids)
        return hex(sum(1 << place for place, block in enumerate(blocks) if block in with_members))

    def _last_id(self, account_id: str, list_id: int, block: int) -> int:
        """Return the last id in the block; in a block without contacts yet, the last id before it."""
        contacts = self._contacts.block_contacts(account_id, list_id, block)
        return contacts[-1].id if contacts else block * BLOCK_SIZE - 1


def _refusal(contact: Contact, *, is_blocked: bool) -> str | None:
    if contact.status != Status.ACTIVE:
        return contact.status.value
    return SUPPRESSED if contact.suppressed or is_blocked else None

"""The recipients of a campaign: contacts of a list, a segment or a stored filter that are active at its start, or people
that a program has named."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from postrider.campaigns.children.audiences import AudienceStore, Data, StoredAudience
from postrider.contacts.model import BLOCK_SIZE, Contact, Status
from postrider.contacts.service import ContactService
from postrider.delivery.audience import FrozenAudience
from postrider.delivery.rules import SUPPRESSED
from postrider.filters import from_stored
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid
from postrider.ports.object_store import ObjectMissing
from postrider.segments.evaluation import FilterEvaluator
from postrider.segments.service import SegmentService
from postrider.suppressions.service import SuppressionService

NEW_ADDRESS = "new_address"


@dataclass(frozen=True)
class CampaignRecipient:
    """A contact in its current state; `refusal` is the code of the reason why it gets no mail.

    `data` are values for its mail beside its attributes; None for campaigns without data.
    """

    contact: Contact
    refusal: str | None
    data: Data | None = None

    @property
    def email(self) -> str:
        return self.contact.email


class CampaignAudience:
    def __init__(
        self,
        contacts: ContactService,
        segments: SegmentService,
        filter_evaluator: FilterEvaluator,
        suppressions: SuppressionService,
        audiences: AudienceStore,
        now: Clock,
    ) -> None:
        self._contacts, self._segments, self._audiences = contacts, segments, audiences
        self._filters, self._suppressions, self._now = filter_evaluator, suppressions, now

    def freeze(
        self, account_id: str, list_id: int, segment_id: int | None, audience_id: str | None = None
    ) -> FrozenAudience:
        """Return the list, the tree of the segment, and the last contact id of this moment, which excludes later contacts.

        A contact that takes another address after `frozen_at` gets no mail, since the address may have had it before.

        `places`, when it is not None, says which of the list's blocks have members of a group that the tree requires.
        A stored audience replaces the tree by its own; one of named people is frozen already. Raises Invalid if it has
        expired.
        """
        frozen_at = int(self._now().timestamp())
        stored = None if audience_id is None else self._stored(account_id, audience_id)
        if stored is not None and stored.places is not None:
            named = {"list_id": list_id, "audience_id": audience_id, "is_named": True, "frozen_at": frozen_at}
            return FrozenAudience(definition=named, blocks=sorted(stored.places))
        blocks = self._contacts.blocks_of(account_id, list_id)
        last_ids = [self._last_id(account_id, list_id, block) for block in blocks[-1:]]
        tree = required = None
        if segment_id is not None:
            segment = self._segments.get(account_id, list_id, segment_id)
            compiled = self._segments.compiled_filter(segment)
            tree = segment.tree
            required = None if compiled is None else compiled.required_groups
        if stored is not None and stored.tree is not None:
            tree = stored.tree
            required = self._filters.compiled(account_id, list_id, from_stored(tree)).required_groups
        definition = {
            **({} if audience_id is None else {"audience_id": audience_id}),
            "list_id": list_id,
            "frozen_at": frozen_at,
            "last_block": blocks[-1] if blocks else -1,
            "last_id": last_ids[0] if last_ids else 0,
            "tree": tree,
            "places": None if required is None else self._places(account_id, list_id, required, blocks),
        }
        return FrozenAudience(definition=definition, blocks=_blocks_among(blocks, definition))

    def blocks(self, account_id: str, audience: Mapping[str, Any]) -> list[int]:
        """Return the blocks in which recipients may be; the result is the same each time."""
        if _is_named(audience):
            return sorted(self._people(account_id, audience).places or ())
        return _blocks_among(self._contacts.blocks_of(account_id, audience["list_id"]), audience)

    def matching(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[int]:
        """Return the ids of contacts that may get mail, in order; all named people, since the sender checks them again."""
        if _is_named(audience):
            return self._people(account_id, audience).ids_in(block)
        return [contact.id for contact in self.matching_contacts(account_id, audience, block)]

    def matching_contacts(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[Contact]:
        """Return the contacts that may get mail, in order."""
        list_id = audience["list_id"]
        if _is_named(audience):
            people = self.read(account_id, audience, self.matching(account_id, audience, block))
            return [recipient.contact for _, recipient in sorted(people.items()) if recipient.refusal is None]
        blocking = self._suppressions.blocking(account_id)
        contacts = [
            contact
            for contact in self._contacts.block_contacts(account_id, list_id, block)
            if contact.id <= audience["last_id"] and contact.is_mailable and not blocking.stops(contact)
        ]
        if audience["tree"] is not None:
            contacts = self._filters.compiled(account_id, list_id, from_stored(audience["tree"])).among(contacts)
        return contacts

    def read(self, account_id: str, audience: Mapping[str, Any], ids: Sequence[int]) -> dict[int, CampaignRecipient]:
        """Return the current contacts by id; deleted contacts are missing."""
        blocking = self._suppressions.blocking(account_id)
        contacts = self._contacts.contacts_in(account_id, audience["list_id"], ids)
        return {
            contact_id: CampaignRecipient(
                contact,
                _refusal(contact, is_blocked=blocking.stops(contact)) or _new_address(contact, audience),
                self._audiences.data_of(account_id, audience.get("audience_id"), contact_id),
            )
            for contact_id, contact in contacts.items()
        }

    def _stored(self, account_id: str, audience_id: str) -> StoredAudience:
        try:
            return self._audiences.get(account_id, audience_id)
        except ObjectMissing as exc:
            raise Invalid(
                "The stored audience of the campaign has expired; trigger the campaign again.",
                code="audience_expired",
                field="audience",
            ) from exc

    def _people(self, account_id: str, audience: Mapping[str, Any]) -> StoredAudience:
        """Return the stored audience of named people; an empty audience if it has expired, since its blocks are planned."""
        try:
            return self._audiences.get(account_id, audience["audience_id"])
        except ObjectMissing:
            return StoredAudience()

    def _places(self, account_id: str, list_id: int, group_ids: Collection[int], blocks: Sequence[int]) -> str:
        """Return the blocks that have members of the groups, as a hexadecimal number with a bit for each block."""
        with_members = self._contacts.blocks_of_groups(account_id, list_id, group_ids)
        return hex(sum(1 << place for place, block in enumerate(blocks) if block in with_members))

    def _last_id(self, account_id: str, list_id: int, block: int) -> int:
        """Return the last id in the block; for a block without contacts, the last id before it."""
        contacts = self._contacts.block_contacts(account_id, list_id, block)
        return contacts[-1].id if contacts else block * BLOCK_SIZE - 1


def _blocks_among(blocks: Sequence[int], audience: Mapping[str, Any]) -> list[int]:
    """Return those of the current blocks of the list in which recipients may be."""
    frozen = [block for block in blocks if block <= audience["last_block"]]
    if audience["places"] is None:
        return frozen
    places = int(audience["places"], 16)
    return [block for place, block in enumerate(frozen) if places >> place & 1]


def _is_named(audience: Mapping[str, Any]) -> bool:
    return bool(audience.get("is_named"))


def _refusal(contact: Contact, *, is_blocked: bool) -> str | None:
    if contact.status != Status.ACTIVE:
        return contact.status.value
    return SUPPRESSED if contact.suppressed or is_blocked else None


def _new_address(contact: Contact, audience: Mapping[str, Any]) -> str | None:
    since = contact.address_since
    return NEW_ADDRESS if since is not None and since.timestamp() >= audience["frozen_at"] else None

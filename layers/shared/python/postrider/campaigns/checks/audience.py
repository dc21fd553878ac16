"""Count the people that a campaign would go to, exactly up to a limit, else from a sample of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.campaigns.model import Campaign
    from postrider.campaigns.recipients import CampaignAudience
    from postrider.contacts.model import Contact
    from postrider.contacts.service import ContactService
    from postrider.delivery.model import Run

MAX_BLOCKS = 20
"""Maximum number of blocks that one check reads: all recipients of a list of up to 20,480 contacts."""


@dataclass(frozen=True, kw_only=True)
class AudienceSample:
    """The recipients among the contacts that were read; `share` is the fraction of the list that was read, 0 to 1.

    `counted` is the number of all recipients from counters, for a whole list.
    """

    contacts: Sequence[Contact]
    share: float = 1.0
    counted: int | None = None

    @property
    def is_whole(self) -> bool:
        """Return whether all recipients were read."""
        return self.share >= 1

    @property
    def size(self) -> int:
        """Return the number of recipients, estimated if not all were read or counted."""
        if self.is_whole:
            return len(self.contacts)
        return self.counted if self.counted is not None else self.scaled(len(self.contacts))

    @property
    def least(self) -> int:
        """Return the minimum number of recipients."""
        return self.size if self.is_whole or self.counted is not None else len(self.contacts)

    def scaled(self, count: int) -> int:
        """Return the estimated number of recipients with a property that `count` recipients of the sample have."""
        return count if self.is_whole else round(count / self.share)

    def about(self, count: int) -> str:
        """Return a number for a message; an estimate names the size of its sample."""
        return f"{count}" if self.is_whole else f"about {count} (from a sample of {len(self.contacts)} recipients)"


def is_counted(run: Run) -> bool:
    """Return whether all recipients of the run of a campaign were counted at its start: each was read, or it is a whole list."""
    return run.blocks <= MAX_BLOCKS or _is_whole_list(run.audience)


class AudienceSampler:
    def __init__(self, recipients: CampaignAudience, contacts: ContactService) -> None:
        self._recipients, self._contacts = recipients, contacts

    def sample(self, campaign: Campaign) -> AudienceSample:
        """Return the recipients, or those in MAX_BLOCKS blocks spread over the list. Raises Invalid and NotFound."""
        if campaign.list_id is None:
            return AudienceSample(contacts=())
        frozen = self._recipients.freeze(
            campaign.account_id, campaign.list_id, campaign.segment_id, campaign.audience_id
        )
        audience, blocks = frozen.definition, frozen.blocks
        step = max(1, -(-len(blocks) // MAX_BLOCKS))
        chosen = blocks[::step]
        contacts = [
            contact
            for block in chosen
            for contact in self._recipients.matching_contacts(campaign.account_id, audience, block)
        ]
        counted = None
        if _is_whole_list(audience) and len(chosen) < len(blocks):
            counted = self._contacts.mailable(campaign.account_id, campaign.list_id)
        return AudienceSample(contacts=contacts, share=len(chosen) / len(blocks) if blocks else 1.0, counted=counted)


def _is_whole_list(audience: Mapping[str, Any]) -> bool:
    """Return whether a frozen audience is all contacts of a list; a segment without an expression includes them all."""
    return audience.get("tree") is None and "audience_id" not in audience

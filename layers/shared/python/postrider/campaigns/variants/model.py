"""A variant of the content of a campaign, and the set of all variants that a run freezes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from postrider.campaigns.model import Campaign
from postrider.campaigns.variants import rules
from postrider.content.model import StoredContent

DEFAULT_LANGUAGE = ""
"""The language of the content for contacts whose language has no variant."""
NO_ARM = 0


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A part of the recipients with contents of its own. `share` is its weight among the shares of all arms."""

    id: int
    label: str | None = None
    share: int = 1

    @property
    def name(self) -> str:
        """Return the letter of the arm: A, B, …"""
        return rules.letters(self.id)


@dataclass(frozen=True, kw_only=True)
class Variant(StoredContent):
    """A content for a language and an arm.

    The variant with the id of the campaign is the campaign's own content, in the default language of the first arm. Sender and
    reply address are those of the campaign unless the variant has others.
    """

    id: int
    language: str = DEFAULT_LANGUAGE
    arm: int = NO_ARM
    sender_id: str | None = None
    reply_to_email: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class VariantSet:
    """The variants of a campaign in order of their making, the campaign's own content first; `arms` may be empty."""

    campaign_id: int
    variants: Sequence[Variant]
    arms: Sequence[Arm] = ()

    @classmethod
    def of(cls, campaign: Campaign, stored: Mapping[str, Any] | None = None) -> Self:
        """Return the set of a campaign from the result of `stored` for its other variants."""
        arms = [Arm(**arm) for arm in (stored or {}).get("arms", ())]
        own = Variant(
            id=campaign.id,
            arm=arms[0].id if arms else NO_ARM,
            updated_at=campaign.content_updated_at,
            **campaign.stored_content,
        )
        return cls(
            campaign_id=campaign.id, variants=[own, *map(_variant, (stored or {}).get("variants", ()))], arms=arms
        )

    def stored(self) -> dict[str, Any]:
        """Return arms and variants as JSON, without the campaign's own content, which the campaign has."""
        return {
            "arms": [asdict(arm) for arm in self.arms],
            "variants": [_stored(variant) for variant in self.others],
        }

    @property
    def sender_ids_of_others(self) -> list[str]:
        """Return the ids of senders of other variants that differ from the campaign's sender."""
        return sorted({variant.sender_id for variant in self.others if variant.sender_id is not None})

    @property
    def snippets_of_others(self) -> frozenset[str]:
        """Return the names of the snippets in the contents of other variants."""
        return frozenset(name for variant in self.others for name in variant.snippets or ())

    @property
    def own(self) -> Variant:
        """Return the campaign's own content."""
        return self.variants[0]

    @property
    def others(self) -> Sequence[Variant]:
        """Return the variants beside the campaign's own content."""
        return self.variants[1:]

    def of_arm(self, arm: int) -> list[Variant]:
        """Return the variants of an arm, its default language first."""
        variants = [variant for variant in self.variants if variant.arm == arm]
        return sorted(variants, key=lambda variant: variant.language != DEFAULT_LANGUAGE)

    def pick(self, contact_id: int, language: str) -> Variant:
        """Return the variant for a contact: its arm, which never changes in a campaign, in its language or the default one."""
        arm = NO_ARM
        if self.arms:
            shares = [arm.share for arm in self.arms]
            arm = self.arms[rules.place_among(self.campaign_id, contact_id, shares)].id
        by_language = {rules.folded(variant.language): variant for variant in self.of_arm(arm)}
        return by_language[rules.best_language(by_language.keys(), language)]

    def label(self, variant: Variant) -> str:
        """Return words that name a variant for people, such as "B, fr"."""
        names = [arm.name for arm in self.arms if arm.id == variant.arm]
        return ", ".join([*names, variant.language or "default language"])


def _stored(variant: Variant) -> dict[str, Any]:
    updated_at = None if variant.updated_at is None else variant.updated_at.isoformat()
    return asdict(variant) | {"updated_at": updated_at}


def _variant(stored: Mapping[str, Any]) -> Variant:
    moment = stored["updated_at"]
    return Variant(**{**stored, "updated_at": None if moment is None else datetime.fromisoformat(moment)})

"""Set up the variants of a draft: languages, arms of a test, and their contents."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from postrider.campaigns import rules as campaign_rules
from postrider.campaigns.acts import CampaignActs
from postrider.campaigns.model import Campaign
from postrider.campaigns.repository import CampaignRepository
from postrider.campaigns.variants import rules
from postrider.campaigns.variants.model import DEFAULT_LANGUAGE, NO_ARM, Arm, Variant, VariantSet
from postrider.content.lazy_source import content_source
from postrider.content.model import Content
from postrider.content.summary import summary_of
from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.mails.condition_names import ConditionNames
from postrider.storage import sequences
from postrider.uses.model import OwnerKind, UsedKind, UsedObject, UsingObject, named
from postrider.uses.service import UseService

NOTHING: Mapping[str, str | None] = MappingProxyType({})
Changed = tuple[VariantSet, Variant | None]
"""The set after a change, and the variant that was changed."""


class CampaignVariants:
    """A service for variants. Each change creates a revision of the campaign, so that a run freezes the whole set."""

    def __init__(
        self,
        campaigns: CampaignRepository,
        acts: CampaignActs,
        condition_names: ConditionNames,
        uses: UseService,
        now: Clock,
    ) -> None:
        self._campaigns, self._acts = campaigns, acts
        self._condition_names, self._uses, self._now = condition_names, uses, now

    # Reading

    def of(self, campaign: Campaign) -> VariantSet:
        """Return the variants of a campaign; without variants, only its own content."""
        return self._campaigns.variants(campaign)

    def get(self, campaign: Campaign, variant_id: int) -> Variant:
        """Return a variant by its id. Raises NotFound."""
        for variant in self.of(campaign).variants:
            if variant.id == variant_id:
                return variant
        raise unknown()

    def by_language(self, campaign: Campaign, language: str, *, arm: int | None = None) -> Variant:
        """Return the variant of a language and arm. Raises NotFound for the arm, Invalid for a language without a variant.

        A campaign with arms needs `arm`, because each arm has its own languages.
        """
        variants = self.of(campaign)
        _check_arm(variants, arm)
        for variant in variants.of_arm(arm or NO_ARM):
            if rules.folded(variant.language) == rules.folded(language):
                return variant
        reason = f"The campaign has no content in the language {language[:40]!r}. Add the language first."
        raise Invalid(reason, code="language_unknown", field="language")

    def content(self, campaign: Campaign, variant: Variant) -> Content:
        """Return the content of a variant. Raises NotFound if its campaign was deleted."""
        stored = self._campaigns.content(replace(campaign, content_id=variant.content_id))
        return self._condition_names.current(campaign.account_id, campaign.list_id, stored)

    # Changes

    def change(
        self,
        account_id: str,
        campaign_id: int,
        variant_id: int,
        content: dict[str, Any],
        settings: Mapping[str, str | None] = NOTHING,
    ) -> Variant:
        """Set fields of the content of a variant, and its own sender or reply address.

        Settings of the campaign's own content are those of the campaign (`CampaignDrafts.change`). Raises NotFound, or
        Invalid if the campaign is not a draft.
        """

        def changed(campaign: Campaign, variants: VariantSet) -> Changed:
            before = self.get(campaign, variant_id)
            after = replace(before, updated_at=self._now(), **settings)  # type: ignore[arg-type]  # texts
            after = self._with_content(campaign, after, content) if content else after
            return _with(variants, after), after

        return self._changed(account_id, campaign_id, changed)

    def add_language(
        self, account_id: str, campaign_id: int, language: str, content: dict[str, Any], *, arm: int | None = None
    ) -> Variant:
        """Add a language to the campaign or to an arm: a copy of the default content with the given fields.

        Raises NotFound, Invalid, or Conflict if the language exists.
        """
        language = rules.check_language(language)

        def changed(campaign: Campaign, variants: VariantSet) -> Changed:
            _check_arm(variants, arm)
            of_arm = variants.of_arm(arm or NO_ARM)
            if any(rules.folded(variant.language) == rules.folded(language) for variant in of_arm):
                reason = f"The campaign has a content in the language {language!r} already."
                raise Conflict(reason, code="language_exists", field="language")
            copied = replace(of_arm[0], id=sequences.allocate("campaign"), language=language)
            after = self._with_content(campaign, copied, content)
            return _with(variants, after), after

        return self._changed(account_id, campaign_id, changed)

    def remove_language(self, account_id: str, campaign_id: int, language: str, *, arm: int | None = None) -> None:
        """Remove a language. Raises NotFound, or Invalid for an unknown language and for the default language."""

        def changed(campaign: Campaign, variants: VariantSet) -> Changed:
            variant = self.by_language(campaign, language, arm=arm)
            if variant.language == DEFAULT_LANGUAGE:
                reason = "The default language cannot be removed: people without a language get it."
                raise Invalid(reason, code="language_required", field="language")
            left = [other for other in variants.variants if other.id != variant.id]
            return replace(variants, variants=left), None

        self._perform(account_id, campaign_id, changed)

    def add_arm(self, account_id: str, campaign_id: int, *, label: str | None = None, share: int = 1) -> Campaign:
        """Add an arm with copies of the contents of the first arm, and return the campaign.

        The first call creates two arms; the existing contents belong to the first. Raises NotFound or Invalid.
        """

        def changed(campaign: Campaign, variants: VariantSet) -> Changed:
            if not variants.arms:
                first = Arm(id=1)
                moved = [replace(variant, arm=first.id) for variant in variants.variants]
                variants = replace(variants, arms=[first], variants=moved)
            arm = Arm(id=variants.arms[-1].id + 1, label=label, share=share)
            copies = [
                replace(variant, id=sequences.allocate("campaign"), arm=arm.id)
                for variant in variants.of_arm(variants.arms[0].id)
            ]
            return replace(variants, arms=[*variants.arms, arm], variants=[*variants.variants, *copies]), None

        return self._perform(account_id, campaign_id, changed)[0]

    # Steps

    def _changed(
        self, account_id: str, campaign_id: int, changed: Callable[[Campaign, VariantSet], Changed]
    ) -> Variant:
        variant = self._perform(account_id, campaign_id, changed)[1]
        assert variant is not None  # a change by these functions returns a variant
        return variant

    def _perform(
        self, account_id: str, campaign_id: int, changed: Callable[[Campaign, VariantSet], Changed]
    ) -> tuple[Campaign, Variant | None]:
        """Store the set after a change as the next revision of the campaign. Raises NotFound or Invalid."""
        variant: Variant | None = None

        def changes_of(before: Campaign) -> dict[str, Any]:
            nonlocal variant
            after, variant = changed(before, self.of(before))
            if len(after.variants) > rules.MAX_VARIANTS:
                reason = f"A campaign has at most {rules.MAX_VARIANTS} contents: arms times languages."
                raise Invalid(reason, code="too_many_variants", field="variants")
            self._note_uses(before, after)
            return self._stored(before, after)

        campaign = self._acts.perform(account_id, campaign_id, campaign_rules.CHANGE, changes_of)
        return campaign, variant

    def _note_uses(self, before: Campaign, after: VariantSet) -> None:
        """Note the uses of snippets and senders by the set before it is stored; uses by former sets stay noted."""
        senders = {UsedObject(UsedKind.SENDER, sender_id) for sender_id in after.sender_ids_of_others}
        of_sets = (
            (OwnerKind.CAMPAIGN, named(snippets=after.own.snippets or ())),
            (OwnerKind.VARIANT, named(snippets=after.snippets_of_others) | senders),
        )
        for kind, used in of_sets:
            with self._uses.saving(before.account_id, UsingObject(kind, str(before.id)), after=used):
                pass

    def _stored(self, before: Campaign, after: VariantSet) -> dict[str, Any]:
        """Store the set and return the fields of the campaign that refer to it."""
        own = after.own
        names: dict[str, Any] = {"variants_id": None, "variant_ids": None, "variant_sender_ids": None}
        if after.arms or after.others:
            names = {
                "variants_id": random_id(),
                "variant_ids": [variant.id for variant in after.variants],
                "variant_sender_ids": set(after.sender_ids_of_others) or None,
            }
            self._campaigns.save_variants(before.account_id, names["variants_id"], after)
        return names | {
            "revision": before.revision + 1,
            "content_id": own.content_id,
            "subject": own.subject,
            "has_html": own.has_html,
            "has_text": own.has_text,
            "content_hash": own.content_hash,
            "snippets": own.snippets,
            "content_updated_at": self._now(),
        }

    def _with_content(self, campaign: Campaign, variant: Variant, changes: dict[str, Any]) -> Variant:
        """Store the changed content under a new id, and return the variant with it. Raises Invalid."""
        content = content_source().changed_content(self.content(campaign, variant), changes)
        content = self._condition_names.bound(campaign.account_id, campaign.list_id, content)
        after = replace(variant, content_id=random_id(), updated_at=self._now(), **summary_of(content))
        self._campaigns.save_content(campaign.account_id, after.content_id or "", content)
        return after


def unknown() -> NotFound:
    return NotFound("Unknown content of the campaign.", code="variant_not_found", field="variant_id")


def _check_arm(variants: VariantSet, arm: int | None) -> None:
    """Check that the arm exists. Raises NotFound, or Invalid if the campaign has arms and `arm` is missing."""
    if arm is None:
        if variants.arms:
            reason = "The campaign has a test: name the test group too, since each of them has its own translations."
            raise Invalid(reason, code="arm_required", field="arm")
    elif arm not in {known.id for known in variants.arms}:
        raise NotFound("Unknown arm of the campaign.", code="arm_not_found", field="arm")


def _with(variants: VariantSet, after: Variant) -> VariantSet:
    """Return the set with this variant: it replaces the variant with its id, or is appended."""
    others = [after if variant.id == after.id else variant for variant in variants.variants]
    is_new = all(variant.id != after.id for variant in variants.variants)
    return replace(variants, variants=[*others, after] if is_new else others)

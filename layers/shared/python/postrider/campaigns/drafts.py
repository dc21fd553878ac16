"""Rules of drafts: the settings and the content of a campaign before it is scheduled."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

from postrider.campaigns import rules
from postrider.campaigns.model import Campaign
from postrider.campaigns.views import CampaignDetails
from postrider.content.lazy_source import content_source
from postrider.content.model import Content
from postrider.content.summary import summary_of
from postrider.kit.errors import Invalid, named_at
from postrider.kit.ids import random_id
from postrider.storage import sequences
from postrider.uses.model import OwnerKind, UsedObject, UsingObject, named

if TYPE_CHECKING:  # calls that only read do without what a draft is checked against
    from postrider.blueprints.service import BlueprintService
    from postrider.campaigns.acts import CampaignActs
    from postrider.campaigns.repository import CampaignRepository
    from postrider.kit.clock import Clock
    from postrider.lists.model import ContactList
    from postrider.lists.service import ListService
    from postrider.mails.condition_names import ConditionNames
    from postrider.segments.service import SegmentService
    from postrider.senders.model import Sender
    from postrider.senders.service import SenderService
    from postrider.templates.service import TemplateService
    from postrider.uses.service import UseService

_AUDIENCE = ("list_id", "segment_id")
_NO_STORED_AUDIENCE: dict[str, Any] = {"audience_id": None, "audience_segment_ids": None}
"""Fields that are cleared when the list or segment of a draft is set, which then are its audience."""
DEFAULT_TRACKING = {"opens": True, "clicks_html": True, "clicks_text": True, "additional_params": None}


def settings_checks() -> ModuleType:
    """Import the checks of settings at the first change: they import the compiler of contents."""
    from postrider.campaigns import settings

    return settings


class CampaignDrafts:
    def __init__(
        self,
        campaigns: CampaignRepository,
        acts: CampaignActs,
        lists: ListService,
        senders: SenderService,
        segments: SegmentService,
        templates: TemplateService,
        blueprints: BlueprintService,
        condition_names: ConditionNames,
        uses: UseService,
        now: Clock,
    ) -> None:
        self._campaigns, self._acts = campaigns, acts
        self._lists, self._senders, self._segments, self._now = lists, senders, segments, now
        self._templates, self._blueprints, self._condition_names = templates, blueprints, condition_names
        self._uses = uses

    def create(
        self,
        account_id: str,
        *,
        name: str,
        settings: dict[str, Any],
        content: dict[str, Any],
        template_id: int | None = None,
        blueprint_id: int | None = None,
        triggered: bool = False,
    ) -> tuple[CampaignDetails, Content]:
        """Create a draft and return it with its content: the given fields, and the others from a template or blueprint.

        A `triggered` campaign is sent by triggers (`CampaignChildren`), and never scheduled.

        Raises Invalid for a setting with an unknown id, for a template together with a blueprint, and for a content that
        cannot be rendered.
        """
        now = self._now()
        campaign = Campaign(
            id=sequences.allocate("campaign"),
            account_id=account_id,
            name=name,
            status=rules.INCOMPLETE,
            created_at=now,
            updated_at=now,
            tracking=DEFAULT_TRACKING,
            triggered=triggered,
        )
        campaign = self._with(campaign, settings)
        contact_list, sender = self._check_named(campaign)
        copied = self._copied(account_id, template_id, blueprint_id)
        after = Content()
        if content or copied is not None:
            after = content_source().changed_content(copied or Content(), content)
            campaign = self._with_content(campaign, after)
        with self._saving(None, campaign):
            self._campaigns.add(campaign)
        list_name = contact_list.name if contact_list else None
        return CampaignDetails(campaign=campaign, sender=sender, list_name=list_name), after

    def change(
        self, account_id: str, campaign_id: int, *, settings: dict[str, Any], content: dict[str, Any]
    ) -> Campaign:
        """Set the given settings and fields of the content. Raises NotFound, or Invalid if it is not a draft."""
        before = self._acts.get_for_act(account_id, campaign_id, rules.CHANGE)
        after = self._with(replace(before, updated_at=self._now()), settings)
        self._check_named(after, before)
        if content:
            stored = self._campaigns.content(before)
            present = self._condition_names.current(account_id, before.list_id, stored)
            after = self._with_content(after, content_source().changed_content(present, content))
        with self._saving(before, after):
            return self._campaigns.act(before, rules.CHANGE, after)

    def delete(self, account_id: str, campaign_id: int) -> None:
        """Delete the draft with all of its revisions. Raises NotFound, or Invalid if it is not a draft."""
        campaign = self._acts.get_for_act(account_id, campaign_id, rules.DELETE)
        with self._saving(campaign, None):
            self._campaigns.delete(campaign)

    def _saving(self, before: Campaign | None, after: Campaign | None) -> AbstractContextManager[None]:
        """Note the uses of a campaign before and after its change; a campaign that does not exist is None."""
        campaign = after or before
        assert campaign is not None, "before or after must exist"
        owner = UsingObject(OwnerKind.CAMPAIGN, str(campaign.id))
        return self._uses.saving(campaign.account_id, owner, before=_named_by(before), after=_named_by(after))

    def _copied(self, account_id: str, template_id: int | None, blueprint_id: int | None) -> Content | None:
        """Return the content to copy; None without a source. A campaign has no separate type for text only."""
        if template_id is not None and blueprint_id is not None:
            reason = "Use either template_id or blueprint_id: a content is copied from one of them."
            raise Invalid(reason, code="template_and_blueprint", field=("content", "blueprint"))
        if template_id is not None:
            with named_at(("content", "template", "id"), as_=Invalid):
                content = self._templates.content(self._templates.get(account_id, template_id))
        elif blueprint_id is not None:
            with named_at(("content", "blueprint", "id"), as_=Invalid):
                content = self._blueprints.content(self._blueprints.get(blueprint_id))
        else:
            return None
        return replace(content, type="html") if content.type == "text" else content

    def _with(self, campaign: Campaign, settings: dict[str, Any]) -> Campaign:
        """Return the campaign with these settings. Raises Invalid for settings that a mail cannot have."""
        if "tracking" in settings:
            tracking = {
                name: value
                for name, value in (settings["tracking"] or {}).items()
                if value is not None or name == "additional_params"
            }
            settings = {**settings, "tracking": {**campaign.tracking, **tracking}}
        if not settings.keys().isdisjoint(_AUDIENCE):
            settings = {**_NO_STORED_AUDIENCE, **settings}
        after = replace(campaign, **settings)
        settings_checks().check_settings(after)
        return after

    def _check_named(self, after: Campaign, before: Campaign | None = None) -> tuple[ContactList | None, Sender | None]:
        """Check that new list, segment and sender of the campaign exist; return the list and the sender that were checked.

        Raises Invalid.
        """
        contact_list = sender = None
        if after.list_id is not None and (before is None or after.list_id != before.list_id):
            with named_at(("audience", "list_id"), as_=Invalid):
                contact_list = self._lists.get(after.account_id, after.list_id)
        if after.segment_id is not None:
            if after.list_id is None:
                raise Invalid("A segment needs a list: set list_id too.", field=("audience", "list_id"))
            with named_at(("audience", "segment_id"), as_=Invalid):
                self._segments.get(after.account_id, after.list_id, after.segment_id)
        if after.sender_id is not None and (before is None or after.sender_id != before.sender_id):
            with named_at(("sender", "id"), as_=Invalid):
                sender = self._senders.get(after.account_id, after.sender_id)
        return contact_list, sender

    def _with_content(self, campaign: Campaign, content: Content) -> Campaign:
        """Store the content under a new id, and return the campaign with it as the next revision."""
        content = self._condition_names.bound(campaign.account_id, campaign.list_id, content)
        after = replace(
            campaign,
            revision=campaign.revision + 1,
            content_id=random_id(),
            **summary_of(content),
            content_updated_at=campaign.updated_at,
        )
        self._campaigns.save_content(after.account_id, after.content_id or "", content)
        return after


def _named_by(campaign: Campaign | None) -> frozenset[UsedObject]:
    if campaign is None:
        return frozenset()
    return named(segment_id=campaign.segment_id, sender_id=campaign.sender_id, snippets=campaign.snippets or ())

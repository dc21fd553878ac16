"""Rules of drafts: the settings and the content of a campaign before it is scheduled."""

import hashlib
from dataclasses import asdict, replace
from types import ModuleType
from typing import Any

import orjson

from postrider.campaigns import rules
from postrider.campaigns.acts import CampaignActs
from postrider.campaigns.model import Campaign, Content
from postrider.campaigns.repository import CampaignRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, named_at
from postrider.lists.service import ListService
from postrider.segments.service import SegmentService
from postrider.senders.service import SenderService
from postrider.storage import sequences

DEFAULT_TRACKING = {"opens": True, "clicks_html": True, "clicks_text": True, "additional_params": None}


def content_checks() -> ModuleType:
    """Import the checks of contents at the first change: compiling contents is a third of all that reads would import."""
    from postrider.campaigns import content

    return content


class CampaignDrafts:
    def __init__(
        self,
        campaigns: CampaignRepository,
        acts: CampaignActs,
        lists: ListService,
        senders: SenderService,
        segments: SegmentService,
        now: Clock,
    ) -> None:
        self._campaigns, self._acts = campaigns, acts
        self._lists, self._senders, self._segments, self._now = lists, senders, segments, now

    def create(self, account_id: str, *, name: str, settings: dict[str, Any], content: Content | None) -> Campaign:
        """Add a draft. Raises Invalid for a setting that names an unknown object, or content that cannot be rendered."""
        now = self._now()
        campaign = Campaign(
            id=sequences.allocate("campaign"),
            account_id=account_id,
            name=name,
            status=rules.INCOMPLETE,
            created_at=now,
            updated_at=now,
            tracking=DEFAULT_TRACKING,
        )
        campaign = self._with(campaign, settings)
        if content is not None:
            campaign = self._with_content(campaign, content)
        self._campaigns.add(campaign)
        return campaign

    def change(
        self, account_id: str, campaign_id: int, *, settings: dict[str, Any], content: dict[str, Any]
    ) -> Campaign:
        """Set the given settings and fields of the content. Raises NotFound, or Invalid when it is no draft any more."""
        before = self._acts.ready(account_id, campaign_id, rules.CHANGE)
        after = self._with(replace(before, updated_at=self._now()), settings)
        if content:
            present = self._campaigns.content(account_id, campaign_id, before.revision)
            after = self._with_content(after, replace(present, **content))
        return self._campaigns.act(before, rules.CHANGE, after)

    def delete(self, account_id: str, campaign_id: int) -> None:
        """Delete the draft with all of its revisions. Raises NotFound, or Invalid when it is no draft."""
        self._campaigns.delete(self._acts.ready(account_id, campaign_id, rules.DELETE))

    def _with(self, campaign: Campaign, settings: dict[str, Any]) -> Campaign:
        """Return the campaign with these settings. Raises Invalid when they name an object that the account has not."""
        if "tracking" in settings:
            tracking = {
                name: value
                for name, value in (settings["tracking"] or {}).items()
                if value is not None or name == "additional_params"
            }
            settings = {**settings, "tracking": {**campaign.tracking, **tracking}}
        after = replace(campaign, **settings)
        content_checks().check_settings(after)
        if after.list_id is not None and after.list_id != campaign.list_id:
            with named_at(("audience", "list_id"), as_=Invalid):
                self._lists.get(after.account_id, after.list_id)
        if after.segment_id is not None:
            if after.list_id is None:
                raise Invalid("A segment needs its list.", field=("audience", "list_id"))
            with named_at(("audience", "segment_id"), as_=Invalid):
                self._segments.get(after.account_id, after.list_id, after.segment_id)
        if after.sender_id is not None and after.sender_id != campaign.sender_id:
            with named_at(("sender", "id"), as_=Invalid):
                self._senders.get(after.account_id, after.sender_id)
        return after

    def _with_content(self, campaign: Campaign, content: Content) -> Campaign:
        """Store the content as the next revision, and return the campaign with it."""
        content_checks().check_content(content)
        after = replace(
            campaign,
            revision=campaign.revision + 1,
            subject=content.subject,
            has_html=bool((content.html or "").strip()),
            has_text=bool((content.text or "").strip()),
            content_hash=hashlib.sha256(orjson.dumps(asdict(content))).hexdigest(),
            content_updated_at=campaign.updated_at,
        )
        self._campaigns.save_content(after, content)
        return after

"""Rules of campaigns: drafts, their content, and the acts of their life."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

import orjson

from postrider.campaigns import rules
from postrider.campaigns.model import Campaign, Content, Revision
from postrider.campaigns.repository import CampaignRepository
from postrider.campaigns.rules import Act
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Invalid, NotFound, named_at
from postrider.kit.paging import Page
from postrider.kit.sorting import Sort
from postrider.lists.service import ListService
from postrider.senders.service import SenderService
from postrider.storage import sequences

_GOING_NO_LONGER: dict[str, Any] = {"suspended": False, "pause_reason": None}
_DRAFT_AGAIN = {**_GOING_NO_LONGER, "status": rules.INCOMPLETE, "scheduled_for": None, "scheduled_at": None}
ACT_TRIES = 5
"""Acts of the owner and of the sending side on one campaign meet now and then."""
DEFAULT_TRACKING = {"opens": True, "clicks_html": True, "clicks_text": True, "additional_params": None}


class ContentRules(Protocol):
    """What content must keep to be saved."""

    def check(self, content: Content) -> None:
        """Raises Invalid for what cannot be rendered or may not be sent."""
        ...

    def check_settings(self, campaign: Campaign) -> None:
        """Raises Invalid for settings that no mail can have."""
        ...

    def check_campaign(self, campaign: Campaign) -> None:
        """Raises Invalid when the content does not go with the campaign's list."""
        ...


class Segments(Protocol):
    def get(self, account_id: str, list_id: int, segment_id: int) -> Any:
        """Raises NotFound."""
        ...

    def usable(self, account_id: str, list_id: int, segment_id: int, *, field: FieldPath) -> Any:
        """The segment, if its expression can be computed. Raises Invalid, naming `field`, when not."""
        ...


class Sending(Protocol):
    """What a campaign's life asks of the side that sends."""

    def schedule_start(self, account_id: str, campaign_id: int, moment: datetime) -> None:
        """Let the campaign start at `moment`; one that lies in the past means at once."""
        ...

    def cancel_start(self, account_id: str, campaign_id: int) -> None:
        """Forget an arranged start, if there is one."""
        ...

    def resume_run(self, campaign: Campaign) -> None:
        """Take up a sending that was paused."""
        ...

    def may_have_sent(self, campaign: Campaign) -> bool:
        """Whether any mail of this campaign has left, or may have."""
        ...


class CampaignService:
    def __init__(
        self,
        campaigns: CampaignRepository,
        lists: ListService,
        senders: SenderService,
        segments: Segments,
        content_rules: ContentRules,
        sending: Sending,
        now: Clock,
    ) -> None:
        self._campaigns, self._lists, self._senders, self._segments = campaigns, lists, senders, segments
        self._content_rules, self._sending, self._now = content_rules, sending, now

    # Reading

    def get(self, account_id: str, campaign_id: int) -> Campaign:
        """Raises NotFound."""
        return self._campaigns.get(account_id, campaign_id)

    def content(self, campaign: Campaign, revision: int | None = None) -> Content:
        """The latest content, or that of a revision. Raises NotFound for a revision that never was."""
        if revision is None:
            revision = campaign.revision
        elif not 0 < revision <= campaign.revision:
            raise NotFound("There is no such revision.", code="revision_not_found", field="revision_id")
        return self._campaigns.content(campaign.account_id, campaign.id, revision)

    def page(
        self,
        account_id: str,
        *,
        page: int,
        per_page: int,
        sort: Sort,
        filters: dict[str, list[str]],
        with_count: bool = False,
    ) -> Page[Campaign]:
        """One page. The count of filtered campaigns reads the account's campaigns."""
        start = (page - 1) * per_page
        found = list(islice(self._campaigns.walk(account_id, sort, filters), start, start + per_page))
        count = sum(1 for _ in self._campaigns.walk(account_id, sort, filters)) if with_count else None
        return Page(items=found, count=count)

    def revisions(self, account_id: str, campaign_id: int, *, page: int, per_page: int) -> Page[Revision]:
        """Newest first. Raises NotFound."""
        campaign = self.get(account_id, campaign_id)
        start = (page - 1) * per_page
        return Page(
            items=list(islice(self._campaigns.revisions(account_id, campaign_id), start, start + per_page)),
            count=campaign.revision,
        )

    # Drafts

    def create(self, account_id: str, *, name: str, settings: dict[str, Any], content: Content | None) -> Campaign:
        """A new draft. Raises Invalid when a setting names what is not there, or the content cannot be rendered."""
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
        """Set what is given, in the draft and in its content. Raises NotFound, or Invalid once it is no draft any more."""
        before = self._ready(account_id, campaign_id, rules.CHANGE)
        after = self._with(replace(before, updated_at=self._now()), settings)
        if content:
            after = self._with_content(after, replace(self.content(before), **content))
        return self._campaigns.act(before, rules.CHANGE, after)

    def delete(self, account_id: str, campaign_id: int) -> None:
        """Raises NotFound, or Invalid when it is no draft."""
        self._campaigns.delete(self._ready(account_id, campaign_id, rules.DELETE))

    # Life

    def schedule(
        self, account_id: str, campaign_id: int, *, moment: datetime | None, html_empty: bool = False
    ) -> Campaign:
        """Arrange delivery at `moment`, or now. Raises NotFound, or Invalid for whatever is missing or not allowed."""
        return self._arrange(account_id, campaign_id, rules.SCHEDULE, moment, html_empty)

    def reschedule(
        self, account_id: str, campaign_id: int, *, moment: datetime | None, html_empty: bool = False
    ) -> Campaign:
        """Another moment for a scheduled campaign. Raises as `schedule` does."""
        return self._arrange(account_id, campaign_id, rules.RESCHEDULE, moment, html_empty)

    def unschedule(self, account_id: str, campaign_id: int) -> Campaign:
        """A draft again. Raises NotFound or Invalid."""
        campaign = self._act(account_id, campaign_id, rules.UNSCHEDULE, **_DRAFT_AGAIN)
        self._sending.cancel_start(account_id, campaign_id)
        return campaign

    def suspend(self, account_id: str, campaign_id: int) -> Campaign:
        """What has left has left, the rest waits. Raises NotFound or Invalid."""
        return self._act(account_id, campaign_id, rules.SUSPEND, suspended=True)

    def resume(self, account_id: str, campaign_id: int) -> Campaign:
        """Goes on where it was; a start that was missed meanwhile happens now. Raises NotFound or Invalid."""
        campaign = self._act(account_id, campaign_id, rules.RESUME, suspended=False, pause_reason=None)
        if campaign.status == rules.DELIVERING:
            self._sending.resume_run(campaign)
        elif campaign.scheduled_for is not None and campaign.scheduled_for <= self._now():
            # A missed start is confirmed by this act, so it is not late any more.
            campaign = self._act(account_id, campaign_id, rules.RESCHEDULE, scheduled_for=self._now())
            self._sending.schedule_start(account_id, campaign_id, self._now())
        return campaign

    def cancel(self, account_id: str, campaign_id: int) -> Campaign:
        """Final: delivered if any mail has left, else a draft again. Raises NotFound or Invalid."""

        def cancelled(before: Campaign) -> dict[str, Any]:
            if before.status == rules.DELIVERING and self._sending.may_have_sent(before):
                return {**_GOING_NO_LONGER, "status": rules.DELIVERED, "delivery_finished_at": self._now()}
            return _DRAFT_AGAIN

        campaign = self._act(account_id, campaign_id, rules.CANCEL, cancelled)
        self._sending.cancel_start(account_id, campaign_id)
        return campaign

    def archive(self, account_id: str, campaign_id: int) -> Campaign:
        """Raises NotFound or Invalid."""
        return self._act(
            account_id,
            campaign_id,
            rules.ARCHIVE,
            lambda before: {"status": rules.ARCHIVED, "former_status": before.status},
        )

    def unarchive(self, account_id: str, campaign_id: int) -> Campaign:
        """What it was before. Raises NotFound or Invalid."""
        return self._act(
            account_id,
            campaign_id,
            rules.UNARCHIVE,
            lambda before: {"status": before.former_status or rules.DELIVERED, "former_status": None},
        )

    # The sending side reports

    def start(self, account_id: str, campaign_id: int, *, run_id: str) -> Campaign | None:
        """The campaign, now delivering under `run_id`; None when it is not to be started (any more)."""
        try:
            before = self._ready(account_id, campaign_id, rules.START)
            after = replace(before, status=rules.DELIVERING, run_id=run_id, updated_at=self._now())
            return self._campaigns.act(before, rules.START, after)
        except (Invalid, NotFound):
            return None

    def pause(self, account_id: str, campaign_id: int, *, reason: str) -> None:
        """Suspend it for a reason of the platform's own, which the owner has to look at; nothing if it is not running."""
        try:
            self._act(account_id, campaign_id, rules.SUSPEND, suspended=True, pause_reason=reason)
        except (Invalid, NotFound):
            return

    def finish(self, account_id: str, campaign_id: int, *, run_id: str) -> None:
        """All of the run is accounted for; nothing happens when the campaign is past it or in another run."""
        try:
            before = self._ready(account_id, campaign_id, rules.FINISH)
        except (Invalid, NotFound):
            return
        if before.run_id != run_id:
            return
        now = self._now()
        after = replace(
            before, status=rules.DELIVERED, suspended=False, delivery_finished_at=now, updated_at=now, pause_reason=None
        )
        self._campaigns.act(before, rules.FINISH, after)

    def unfinished(self) -> Iterator[tuple[str, int]]:
        """(account id, campaign id) of all scheduled or delivering ones, in every account."""
        return self._campaigns.unfinished()

    def uses_of_sender(self, account_id: str, sender_id: str) -> str | None:
        """The scheduled or delivering campaign that sends as this sender."""
        used = next((one for one in self._going_on(account_id) if one.sender_id == sender_id), None)
        return None if used is None else f"campaign {used.id}"

    def use_of_segment(self, account_id: str, segment_id: int) -> Campaign | None:
        """A scheduled or delivering campaign that goes to this segment."""
        return next((one for one in self._going_on(account_id) if one.segment_id == segment_id), None)

    def _going_on(self, account_id: str) -> Iterator[Campaign]:
        return self._campaigns.walk(account_id, Sort("id", descending=True), {"status": sorted(rules.UNFINISHED)})

    # Steps

    def _ready(self, account_id: str, campaign_id: int, act: Act) -> Campaign:
        campaign = self._campaigns.get(account_id, campaign_id)
        if not rules.allows(act, campaign):
            state = campaign.status + (" and suspended" if campaign.suspended else "")
            raise Invalid(f"A campaign that is {state} cannot be {act.name}.", code="campaign_state")
        return campaign

    def _act(
        self,
        account_id: str,
        campaign_id: int,
        act: Act,
        changing: Callable[[Campaign], dict[str, Any]] = lambda _: {},
        **changes: Any,
    ) -> Campaign:
        """Tried again when the campaign changed at the same moment, as long as the act is allowed."""
        for attempt in range(ACT_TRIES):
            before = self._ready(account_id, campaign_id, act)
            after = replace(before, updated_at=self._now(), **changes, **changing(before))
            try:
                return self._campaigns.act(before, act, after)
            except Invalid:
                if attempt == ACT_TRIES - 1:
                    raise
        raise AssertionError  # the loop ends by returning or raising

    def _arrange(
        self, account_id: str, campaign_id: int, act: Act, moment: datetime | None, html_empty: bool
    ) -> Campaign:
        campaign = self._ready(account_id, campaign_id, act)
        now = self._now()
        if moment is not None and moment <= now:
            raise Invalid("The date lies in the past.", code="date_in_the_past", field="date")
        self._check_complete(campaign, html_empty)
        campaign = self._act(
            account_id, campaign_id, act, status=rules.SCHEDULED, scheduled_for=moment or now, scheduled_at=now
        )
        self._sending.schedule_start(account_id, campaign_id, moment or now)
        return campaign

    def check_audience(self, campaign: Campaign) -> None:
        """Raises Invalid when there is no list, or list or segment cannot be used."""
        if campaign.list_id is None:
            raise Invalid("The campaign has no list.", code="campaign_incomplete", field=("audience", "list_id"))
        self._lists.usable(campaign.account_id, campaign.list_id, field=("audience", "list_id"))
        if campaign.segment_id is not None:
            at = ("audience", "segment_id")
            self._segments.usable(campaign.account_id, campaign.list_id, campaign.segment_id, field=at)

    def _check_complete(self, campaign: Campaign, html_empty: bool) -> None:
        self.check_audience(campaign)
        if campaign.sender_id is None:
            raise Invalid("The campaign has no sender.", code="campaign_incomplete", field=("sender", "id"))
        self._senders.confirmed(campaign.account_id, campaign.sender_id, field=("sender", "id"))
        if not campaign.subject:
            raise Invalid("The campaign has no subject.", code="campaign_incomplete", field=("content", "subject"))
        if not campaign.has_html and not html_empty:
            raise Invalid(
                "The campaign has no html; html_empty says that this is meant.",
                code="campaign_incomplete",
                field=("content", "html"),
            )
        if not (campaign.has_html or campaign.has_text):
            raise Invalid("The campaign has no content.", code="campaign_incomplete", field="content")
        self._content_rules.check_campaign(campaign)

    def _with(self, campaign: Campaign, settings: dict[str, Any]) -> Campaign:
        """The campaign with these settings; what they name must exist in the account."""
        if "tracking" in settings:
            given = {
                name: value
                for name, value in (settings["tracking"] or {}).items()
                if value is not None or name == "additional_params"
            }
            settings = {**settings, "tracking": {**campaign.tracking, **given}}
        after = replace(campaign, **settings)
        self._content_rules.check_settings(after)
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
        """The campaign with new content, stored as its next revision."""
        self._content_rules.check(content)
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

"""The life of a campaign after its draft: scheduled, suspended, resumed, cancelled, archived."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from postrider.campaigns import rules
from postrider.campaigns.acts import CampaignActs
from postrider.campaigns.checks.requirements import CampaignRequirements
from postrider.campaigns.model import Campaign
from postrider.campaigns.rules import Act
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid

if TYPE_CHECKING:  # acts that send nothing do not import the modules that compile contents and send
    from postrider.content.compiled import ContentWarning
    from postrider.delivery.service import DeliveryService

_NOT_PAUSED: dict[str, Any] = {"suspended": False, "pause_reason": None}
_DRAFT_AGAIN = {**_NOT_PAUSED, "status": rules.INCOMPLETE, "scheduled_for": None, "scheduled_at": None}


class CampaignLifecycle:
    def __init__(
        self,
        acts: CampaignActs,
        requirements: "CampaignRequirements",
        delivery: "DeliveryService",
        now: Clock,
    ) -> None:
        self._acts, self._requirements, self._delivery, self._now = acts, requirements, delivery, now

    def schedule(
        self, account_id: str, campaign_id: int, *, moment: datetime | None, html_empty: bool = False
    ) -> tuple["ContentWarning", ...]:
        """Schedule the draft for `moment`, or now, and return the warnings about its content.

        Raises NotFound, or Invalid for a missing or invalid setting.
        """
        return self._schedule(account_id, campaign_id, rules.SCHEDULE, moment, html_empty)

    def reschedule(
        self, account_id: str, campaign_id: int, *, moment: datetime | None, html_empty: bool = False
    ) -> tuple["ContentWarning", ...]:
        """Schedule the campaign for another moment. Return the warnings and raise errors as `schedule` does."""
        return self._schedule(account_id, campaign_id, rules.RESCHEDULE, moment, html_empty)

    def unschedule(self, account_id: str, campaign_id: int) -> Campaign:
        """Make the scheduled campaign a draft again. Raises NotFound or Invalid."""
        campaign = self._acts.perform(account_id, campaign_id, rules.UNSCHEDULE, **_DRAFT_AGAIN)
        self._delivery.cancel_start(campaign.source)
        return campaign

    def suspend(self, account_id: str, campaign_id: int) -> Campaign:
        """Stop sending until the campaign is resumed. Raises NotFound or Invalid."""
        return self._acts.perform(account_id, campaign_id, rules.SUSPEND, suspended=True)

    def resume(self, account_id: str, campaign_id: int) -> Campaign:
        """Resume a suspended campaign; start it now if its start was missed. Raises NotFound or Invalid."""

        def resumed(before: Campaign) -> dict[str, Any]:
            if before.status == rules.DELIVERING:
                self._delivery.check_resumable(before)
            return _NOT_PAUSED

        campaign = self._acts.perform(account_id, campaign_id, rules.RESUME, resumed)
        if campaign.status == rules.DELIVERING:
            self._delivery.resume_run(campaign)
        elif campaign.scheduled_for is not None and campaign.scheduled_for <= self._now():
            # Resuming confirms the missed start, so it does not count as late.
            campaign = self._acts.perform(account_id, campaign_id, rules.RESCHEDULE, scheduled_for=self._now())
            self._delivery.schedule_start(account_id, campaign.source, self._now())
        return campaign

    def cancel(self, account_id: str, campaign_id: int) -> Campaign:
        """Cancel the campaign: it becomes delivered if any mail may have been sent, else a draft. Raises NotFound or Invalid.

        A child always becomes delivered: it cannot be sent again. Sending is stopped first, so that no mail is sent after the
        check whether any was. If the process crashes in between, the campaign stays suspended.
        """

        def cancelled(before: Campaign) -> dict[str, Any]:
            if not before.suspended:
                raise Invalid("The campaign was resumed while it was cancelled; retry.", code="campaign_changed")
            if before.is_child or (before.status == rules.DELIVERING and self._delivery.may_have_sent(before)):
                return {**_NOT_PAUSED, "status": rules.DELIVERED, "delivery_finished_at": self._now()}
            return _DRAFT_AGAIN

        self._acts.perform(account_id, campaign_id, rules.STOP, suspended=True)
        campaign = self._acts.perform(account_id, campaign_id, rules.CANCEL, cancelled)
        self._delivery.cancel_start(campaign.source)
        return campaign

    def archive(self, account_id: str, campaign_id: int) -> Campaign:
        """Archive a draft or a delivered campaign. Raises NotFound or Invalid."""
        return self._acts.perform(
            account_id,
            campaign_id,
            rules.ARCHIVE,
            lambda before: {"status": rules.ARCHIVED, "former_status": before.status},
        )

    def unarchive(self, account_id: str, campaign_id: int) -> Campaign:
        """Restore the status that the campaign had before it was archived. Raises NotFound or Invalid."""
        return self._acts.perform(
            account_id,
            campaign_id,
            rules.UNARCHIVE,
            lambda before: {"status": before.former_status or rules.DELIVERED, "former_status": None},
        )

    def _schedule(
        self, account_id: str, campaign_id: int, act: Act, moment: datetime | None, html_empty: bool
    ) -> tuple["ContentWarning", ...]:
        now = self._now()
        warnings: tuple[ContentWarning, ...] = ()

        def scheduled(before: Campaign) -> dict[str, Any]:
            nonlocal warnings
            if moment is not None and moment <= now:
                raise Invalid("The date lies in the past.", code="date_in_the_past", field="date")
            warnings = self._check_complete(before, html_empty)
            return {"status": rules.SCHEDULED, "scheduled_for": moment or now, "scheduled_at": now}

        campaign = self._acts.perform(account_id, campaign_id, act, scheduled)
        self._check_named(campaign)
        self._delivery.schedule_start(account_id, campaign.source, moment or now)
        return warnings

    def _check_named(self, campaign: Campaign) -> None:
        """Check that segment and sender of the scheduled campaign still exist; if not, make it a draft and raise Invalid.

        A concurrent call may have deleted them before it could see that the campaign is scheduled.
        """
        try:
            self._requirements.check_named(campaign)
        except Invalid:
            self.unschedule(campaign.account_id, campaign.id)
            raise

    def _check_complete(self, campaign: Campaign, html_empty: bool) -> tuple["ContentWarning", ...]:
        """Check that the campaign can be sent, and return the warnings about its content.

        Raises Invalid for the first missing setting.
        """
        review = self._requirements.review(campaign, html_empty=html_empty)
        for problem in review.problems():
            raise problem
        return review.warnings

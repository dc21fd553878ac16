"""Perform acts on campaigns: each act is a conditional write that some states allow."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from postrider.campaigns import rules
from postrider.campaigns.model import Campaign
from postrider.campaigns.repository import CampaignRepository
from postrider.campaigns.rules import Act
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid

TRIES = 5
"""Maximum number of attempts: acts of the owner and of delivery on one campaign are sometimes concurrent."""


class CampaignActs:
    def __init__(self, campaigns: CampaignRepository, now: Clock) -> None:
        self._campaigns, self._now = campaigns, now

    def get_for_act(self, account_id: str, campaign_id: int, act: Act) -> Campaign:
        """Return the campaign. Raises NotFound, or Invalid when its state does not allow the act."""
        campaign = self._campaigns.get(account_id, campaign_id)
        refusal = rules.refusal(act, campaign)
        if refusal is not None:
            raise Invalid(refusal, code="campaign_kind", field="campaign_id")
        if not rules.allows(act, campaign):
            state = campaign.status + (" and suspended" if campaign.suspended else "")
            reason = f"A campaign that is {state} cannot be {act.name}."
            raise Invalid(reason, code="campaign_state", field="campaign_id")
        return campaign

    def perform(
        self,
        account_id: str,
        campaign_id: int,
        act: Act,
        changes_of: Callable[[Campaign], dict[str, Any]] = lambda _: {},
        **changes: Any,
    ) -> Campaign:
        """Set the given fields, and the fields that `changes_of` derives from the current campaign.

        If the campaign is changed concurrently, try again while the act is allowed. Raises NotFound or Invalid.
        """
        for attempt in range(TRIES):
            before = self.get_for_act(account_id, campaign_id, act)
            after = replace(before, updated_at=self._now(), **changes, **changes_of(before))
            try:
                return self._campaigns.act(before, act, after)
            except Invalid:
                if attempt == TRIES - 1:
                    raise
        raise AssertionError  # the loop ends by returning or raising

    def perform_once(self, before: Campaign, act: Act, **changes: Any) -> Campaign:
        """Set the given fields. Raises Invalid if the campaign has changed since `before` was read."""
        return self._campaigns.act(before, act, replace(before, updated_at=self._now(), **changes))

"""The limits of an account for campaigns whose recipients were not all counted when they started."""

from postrider.campaigns.checks import audience
from postrider.delivery.model import Run
from postrider.mail_events.source import SourceKind
from postrider.usage.service import UsageService


class CampaignRunLimit:
    """The `RunLimit` of campaigns. Other runs need none: their mails are checked when contacts get them."""

    def __init__(self, usage: UsageService) -> None:
        self._usage = usage

    def applies_to(self, run: Run) -> bool:
        """Return whether the account has limits, and only a sample of the recipients was read at the start."""
        is_campaign = run.source.kind == SourceKind.CAMPAIGN
        return is_campaign and not audience.is_counted(run) and self._usage.limits_campaigns(run.account_id)

    def reserve(self, run: Run, recipients: int) -> None:
        """Reserve the mails of the campaign. Raises Invalid if they exceed the limits of its account."""
        self._usage.extend_reservation(run.account_id, run.source.campaign_id, recipients, field="audience")

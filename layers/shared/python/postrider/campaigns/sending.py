"""What sending asks of campaigns and their content."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from postrider.campaigns.model import Campaign
from postrider.campaigns.recipients import Recipient
from postrider.campaigns.rendering import CampaignRenderer, Mailing
from postrider.campaigns.service import CampaignService
from postrider.delivery.model import Run
from postrider.events.source import MailSource
from postrider.kit.errors import Invalid, NotFound
from postrider.ports.mailer import OutgoingMail
from postrider.segments.service import SegmentService
from postrider.tracking.links import LinkTable


class CampaignWriter:
    """Writes the mails of one run."""

    def __init__(self, campaign_renderer: CampaignRenderer, mailing: Mailing) -> None:
        self._mailings, self._mailing = campaign_renderer, mailing

    def write(self, recipient: Recipient, *, reference: str) -> OutgoingMail:
        """Raises Invalid when there can be none for this recipient."""
        message = self._mailings.message(self._mailing, recipient.contact, reference=reference)
        sender = self._mailing.sending.frame.sender_email
        return OutgoingMail(to=recipient.contact.email, sender=sender, message=message)


class CampaignComposer:
    def __init__(self, campaigns: CampaignService, campaign_renderer: CampaignRenderer) -> None:
        self._campaigns, self._mailings = campaigns, campaign_renderer

    def writer(self, run: Run) -> CampaignWriter:
        """Raises Invalid when the run cannot be written at all."""
        campaign = self._campaigns.get(run.account_id, run.campaign_id)
        frozen = replace(campaign, revision=run.revision, run_id=run.run_id)
        return CampaignWriter(self._mailings, self._mailings.mailing(frozen))


class StartedCampaigns:
    """Campaigns as sending sees them: what a click needs is stored before the first mail can leave."""

    def __init__(
        self,
        campaigns: CampaignService,
        campaign_renderer: CampaignRenderer,
        segments: SegmentService,
        links: LinkTable,
    ) -> None:
        self._campaigns, self._mailings, self._segments, self._links = campaigns, campaign_renderer, segments, links

    def get(self, account_id: str, campaign_id: int) -> Campaign:
        """Raises NotFound."""
        return self._campaigns.get(account_id, campaign_id)

    def start(self, account_id: str, campaign_id: int, *, run_id: str) -> Any:
        """The campaign, now delivering; None when it is not to be started, or cannot be sent and is held."""
        campaign = self._campaigns.get(account_id, campaign_id)
        try:
            self._campaigns.check_audience(campaign)
            compiled = self._mailings.mailing(campaign).compiled
        except (Invalid, NotFound) as exc:
            self._campaigns.pause(account_id, campaign_id, reason=f"It cannot be sent: {exc.message}")
            return None
        self._links.save(
            account_id, MailSource.campaign(campaign_id), {link.id: link.target for link in compiled.links}
        )
        started = self._campaigns.start(account_id, campaign_id, run_id=run_id)
        if started is not None and started.list_id is not None and started.segment_id is not None:
            self._segments.count_use(account_id, started.list_id, started.segment_id)
        return started

    def pause(self, account_id: str, campaign_id: int, *, reason: str) -> None:
        self._campaigns.pause(account_id, campaign_id, reason=reason)

    def finish(self, account_id: str, campaign_id: int, *, run_id: str) -> None:
        self._campaigns.finish(account_id, campaign_id, run_id=run_id)

    def unfinished(self) -> Iterator[tuple[str, int]]:
        return self._campaigns.unfinished()

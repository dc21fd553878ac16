"""Campaigns as delivery sees them: sources of mail, and writers of the mails of a run."""

from collections.abc import Iterator
from dataclasses import replace

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

    def __init__(self, renderer: CampaignRenderer, mailing: Mailing) -> None:
        self._renderer, self._mailing = renderer, mailing

    def write(self, recipient: Recipient, *, reference: str) -> OutgoingMail:
        """Raises Invalid when no mail can be written for this recipient."""
        message = self._renderer.message(self._mailing, recipient.contact, reference=reference)
        sender = self._mailing.sending.frame.sender_email
        return OutgoingMail(to=recipient.contact.email, sender=sender, message=message)


class CampaignComposer:
    def __init__(self, campaigns: CampaignService, renderer: CampaignRenderer) -> None:
        self._campaigns, self._renderer = campaigns, renderer

    def writer(self, run: Run) -> CampaignWriter:
        """Return the writer of a run. Raises Invalid when none of its mails can be written."""
        campaign = self._campaigns.get(run.account_id, run.source.campaign_id)
        frozen = replace(campaign, revision=run.revision, run_id=run.run_id)
        return CampaignWriter(self._renderer, self._renderer.mailing(frozen))


class CampaignMailSources:
    """Campaigns as sources of mail; the targets of clicks are stored before the first mail can leave."""

    def __init__(
        self,
        campaigns: CampaignService,
        renderer: CampaignRenderer,
        segments: SegmentService,
        links: LinkTable,
    ) -> None:
        self._campaigns, self._renderer, self._segments, self._links = campaigns, renderer, segments, links

    def get(self, account_id: str, source: MailSource) -> Campaign:
        """Raises NotFound."""
        return self._campaigns.get(account_id, source.campaign_id)

    def start(self, account_id: str, source: MailSource, *, run_id: str) -> Campaign | None:
        """Return the campaign, now delivering; None when it may not start, or cannot be sent and was paused."""
        campaign = self.get(account_id, source)
        try:
            self._campaigns.check_audience(campaign)
            compiled = self._renderer.mailing(campaign).compiled
        except (Invalid, NotFound) as exc:
            self.pause(account_id, source, reason=f"It cannot be sent: {exc.message}")
            return None
        self._links.save(account_id, campaign.id, {link.id: link.target for link in compiled.links})
        started = self._campaigns.start(account_id, campaign.id, run_id=run_id)
        if started is not None and started.list_id is not None and started.segment_id is not None:
            self._segments.count_use(account_id, started.list_id, started.segment_id)
        return started

    def pause(self, account_id: str, source: MailSource, *, reason: str) -> None:
        self._campaigns.pause(account_id, source.campaign_id, reason=reason)

    def finish(self, account_id: str, source: MailSource, *, run_id: str) -> None:
        self._campaigns.finish(account_id, source.campaign_id, run_id=run_id)

    def unfinished(self) -> Iterator[tuple[str, MailSource]]:
        for account_id, campaign_id in self._campaigns.unfinished():
            yield account_id, MailSource.campaign(campaign_id)

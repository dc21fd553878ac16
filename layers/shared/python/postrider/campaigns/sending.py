"""Campaigns as sources of mail for delivery, and writers of the mails of a run."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from postrider.campaigns import rules
from postrider.campaigns.acts import CampaignActs
from postrider.campaigns.audience import AudienceCheck
from postrider.campaigns.model import Campaign
from postrider.campaigns.recipients import CampaignRecipient
from postrider.campaigns.rendering import CampaignRenderer
from postrider.campaigns.service import CampaignService
from postrider.campaigns.variants.writing import VariantWriter
from postrider.delivery.model import LedgerRow, Run, RunKey
from postrider.delivery.sources import SourceState
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.mail_events.source import MailSource, SourceKind
from postrider.mails.rendering import MailRenderer, PreparedMail
from postrider.ports.mailer import OutgoingMail
from postrider.segments.service import SegmentService
from postrider.tracking.links import LinkTable


class CampaignWriter:
    """Write the mails of one run."""

    def __init__(self, mails: MailRenderer, mailing: PreparedMail) -> None:
        self._mails, self._mailing = mails, mailing

    def variant_of(self, contact_id: int, recipient: CampaignRecipient | None) -> int:
        """Return 0: the content has no variants."""
        return 0

    def write(self, recipient: CampaignRecipient, *, reference: str, variant: int) -> OutgoingMail:
        """Return the mail to a recipient. Raises Invalid if it cannot be written for this recipient."""
        message = self._mails.message(self._mailing, recipient.contact, reference=reference, data=recipient.data)
        sender = self._mailing.sending.frame.sender_email
        return OutgoingMail(to=recipient.contact.email, sender=sender, message=message)


class CampaignComposer:
    def __init__(self, campaigns: CampaignService, renderer: CampaignRenderer, mails: MailRenderer) -> None:
        self._campaigns, self._renderer, self._mails = campaigns, renderer, mails

    def writer(self, run: Run) -> CampaignWriter | VariantWriter:
        """Return the writer of a run. Raises Invalid if the content cannot be sent."""
        campaign = self._campaigns.get(run.account_id, run.source.campaign_id)
        frozen = replace(self._campaigns.at_revision(campaign, run.revision), run_id=run.run_id)
        if frozen.variants_id is not None:
            return VariantWriter(self._mails, self._renderer, frozen, self._campaigns.variants(frozen))
        return CampaignWriter(self._mails, self._renderer.mailing(frozen))


class CampaignMailSources:
    """Campaigns as sources of mail; the targets of links are stored before the first mail is sent."""

    def __init__(
        self,
        campaigns: CampaignService,
        acts: CampaignActs,
        audience: AudienceCheck,
        renderer: CampaignRenderer,
        segments: SegmentService,
        links: LinkTable,
        now: Clock,
    ) -> None:
        self._campaigns, self._acts, self._audience, self._renderer = campaigns, acts, audience, renderer
        self._segments, self._links, self._now = segments, links, now

    def get(self, account_id: str, source: MailSource) -> Campaign:
        """Return the campaign. Raises NotFound, also for a source of another kind."""
        if source.kind != SourceKind.CAMPAIGN:
            raise NotFound("Unknown mail source.", code="source_not_found")
        return self._campaigns.get(account_id, source.campaign_id)

    def start(self, state: SourceState, *, run_id: str) -> Campaign | None:
        """Start to deliver the campaign under `run_id` and return it; return None if it may not start, or was paused."""
        assert isinstance(state, Campaign)  # `get` has returned it
        campaign = state
        if not rules.allows(rules.START, campaign):
            return None
        try:
            contact_list = self._audience.check(campaign)
            targets = self._renderer.link_targets(campaign, contact_list)
        except (Invalid, NotFound) as exc:
            self.pause(campaign.account_id, campaign.source, reason=f"It cannot be sent: {exc.message}")
            return None
        self._links.save(campaign.account_id, campaign.source, targets)
        try:
            started = self._acts.perform_once(campaign, rules.START, status=rules.DELIVERING, run_id=run_id)
        except Invalid:  # the concurrent act schedules the start again if the campaign is still to be sent
            return None
        if started.list_id is not None and started.segment_id is not None:
            self._segments.count_use(started.account_id, started.list_id, started.segment_id)
        return started

    def pause(self, account_id: str, source: MailSource, *, reason: str) -> bool:
        """Suspend the campaign with a reason for its owner; do nothing if it is not running."""
        with suppress(Invalid, NotFound):
            self._acts.perform(account_id, source.campaign_id, rules.SUSPEND, suspended=True, pause_reason=reason)
        return True

    def finish(self, account_id: str, source: MailSource, *, run_id: str) -> None:
        """Mark the campaign as delivered; do nothing if it is not delivering this run."""
        try:
            before = self._acts.get_for_act(account_id, source.campaign_id, rules.FINISH)
        except (Invalid, NotFound):
            return
        if before.run_id == run_id:
            self._acts.perform_once(
                before,
                rules.FINISH,
                status=rules.DELIVERED,
                suspended=False,
                pause_reason=None,
                delivery_finished_at=self._now(),
            )

    def continue_after_block(self, key: RunKey, block: int) -> None:
        """Do nothing: nothing follows the mail of a campaign."""

    def continue_after_proof(self, run: Run, rows: Sequence[LedgerRow]) -> None:
        """Do nothing: nothing follows the mail of a campaign."""

    def unfinished(self) -> Iterator[tuple[str, MailSource]]:
        """Yield account id and source of all scheduled or delivering campaigns, in every account."""
        for account_id, campaign_id in self._campaigns.unfinished():
            yield account_id, MailSource.campaign(campaign_id)

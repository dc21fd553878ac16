"""Check that a campaign can be scheduled, in the order in which its owner sets the required fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from postrider.kit.errors import Invalid, PostriderError, named_at

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.campaigns.audience import AudienceCheck
    from postrider.campaigns.checks.audience import AudienceSample, AudienceSampler
    from postrider.campaigns.model import Campaign
    from postrider.campaigns.rendering import CampaignRenderer
    from postrider.content.compiled import ContentWarning
    from postrider.delivery.service import DeliveryService
    from postrider.lists.model import ContactList
    from postrider.senders.service import SenderService
    from postrider.usage.service import UsageService


class CampaignRequirements:
    def __init__(
        self,
        audience: AudienceCheck,
        senders: SenderService,
        renderer: CampaignRenderer,
        delivery: DeliveryService,
        sampler: AudienceSampler,
        usage: UsageService,
    ) -> None:
        self._audience, self._senders, self._renderer = audience, senders, renderer
        self._delivery, self._sampler, self._usage = delivery, sampler, usage

    def review(self, campaign: Campaign, *, html_empty: bool = False, has_recipients: bool = True) -> CampaignReview:
        """Return a review of the campaign, whose checks run when its problems are iterated.

        `has_recipients`: it is known who gets it, so that they are checked, and their number against the limits.
        """
        return CampaignReview(self, campaign, html_empty=html_empty, has_recipients=has_recipients)

    def check_named(self, campaign: Campaign) -> None:
        """Check that the segment and the senders of the campaign exist. Raises Invalid."""
        self._audience.check_segment(campaign)
        sender_ids = {campaign.sender_id, *(campaign.variant_sender_ids or ())} - {None}
        with named_at(("sender", "id"), as_=Invalid):
            for sender_id in sender_ids:
                self._senders.get(campaign.account_id, str(sender_id))

    def audience(self, campaign: Campaign) -> ContactList:
        return self._audience.check(campaign)

    def sender(self, campaign: Campaign) -> None:
        if campaign.sender_id is None:
            raise Invalid("The campaign has no sender; set one.", code="campaign_incomplete", field=("sender", "id"))
        self._senders.confirmed(campaign.account_id, campaign.sender_id, field=("sender", "id"))

    def subject(self, campaign: Campaign) -> None:
        if not campaign.subject:
            raise Invalid(
                "The campaign has no subject; set one.", code="campaign_incomplete", field=("content", "subject")
            )

    def html(self, campaign: Campaign, *, html_empty: bool) -> None:
        if not campaign.has_html and not html_empty:
            raise Invalid(
                "The campaign has no html. Add it, or set html_empty to send the campaign without it.",
                code="campaign_incomplete",
                field=("content", "html"),
            )
        if not (campaign.has_html or campaign.has_text):
            raise Invalid("The campaign has no content; add html or text.", code="campaign_incomplete", field="content")

    def content(self, campaign: Campaign, contact_list: ContactList) -> tuple[ContentWarning, ...]:
        return self._renderer.check_campaign(campaign, contact_list)

    def recipients(self, campaign: Campaign) -> None:
        assert campaign.list_id is not None  # its audience was checked before
        self._delivery.check_recipients(
            campaign.account_id, campaign.list_id, campaign.segment_id, campaign.audience_id
        )

    def sample(self, campaign: Campaign) -> AudienceSample:
        return self._sampler.sample(campaign)

    def usage(self, campaign: Campaign, sample: Callable[[], AudienceSample]) -> None:
        """Check the limits of the account; the recipients are counted only if it has any."""
        if self._usage.limits_campaigns(campaign.account_id):
            self._usage.check_campaign(campaign.account_id, sample().least, field="audience")

    def reserve(self, campaign: Campaign) -> None:
        """Check the limits of the account for a campaign that is about to start, and reserve what it needs of them."""
        if self._usage.limits_campaigns(campaign.account_id):
            recipients = self.sample(campaign).least
            self._usage.reserve_campaign(campaign.account_id, campaign.id, recipients, field="audience")


class CampaignReview:
    """The checks of one campaign. `warnings` are complete once all problems were iterated."""

    def __init__(
        self, requirements: CampaignRequirements, campaign: Campaign, *, html_empty: bool, has_recipients: bool
    ) -> None:
        self._requirements, self._campaign = requirements, campaign
        self._html_empty, self._has_recipients = html_empty, has_recipients
        self._caught: list[PostriderError] = []
        self._sample: AudienceSample | None = None
        self.warnings: tuple[ContentWarning, ...] = ()
        self.has_audience = False

    def problems(self) -> Iterator[PostriderError]:
        """Yield the problems that prevent scheduling. A check that depends on a failed check is skipped."""
        required, campaign = self._requirements, self._campaign
        contact_list = None
        with self._catching():
            contact_list = required.audience(campaign)
        self.has_audience = contact_list is not None
        yield from self._new()
        with self._catching():
            required.sender(campaign)
        yield from self._new()
        with self._catching():
            required.subject(campaign)
        yield from self._new()
        with self._catching():
            required.html(campaign, html_empty=self._html_empty)
        yield from self._new()
        if contact_list is None:
            return
        with self._catching():
            self.warnings = required.content(campaign, contact_list)
        yield from self._new()
        if not self._has_recipients:
            return
        with self._catching():
            required.recipients(campaign)
        yield from self._new()
        with self._catching():
            required.usage(campaign, self.sample)
        yield from self._new()

    def sample(self) -> AudienceSample:
        """Return the recipients of the campaign, read once."""
        if self._sample is None:
            self._sample = self._requirements.sample(self._campaign)
        return self._sample

    @contextmanager
    def _catching(self) -> Iterator[None]:
        try:
            yield
        except PostriderError as exc:
            self._caught.append(exc)

    def _new(self) -> Iterator[PostriderError]:
        caught, self._caught = self._caught, []
        yield from caught

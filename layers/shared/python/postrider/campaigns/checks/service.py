"""Check a campaign before it is scheduled, and list all findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from postrider.campaigns import rules
from postrider.campaigns.checks import content
from postrider.campaigns.checks.model import Finding, blocking, from_warning, question
from postrider.campaigns.variants.rules import language_of
from postrider.delivery.model import MAY_HAVE_LEFT
from postrider.kit.errors import NotFound, PostriderError
from postrider.kit.sorting import Sort

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.service import AccountService
    from postrider.campaigns.checks.audience import AudienceSample
    from postrider.campaigns.checks.links import LinkChecks
    from postrider.campaigns.checks.requirements import CampaignRequirements, CampaignReview
    from postrider.campaigns.checks.sender import SenderChecks
    from postrider.campaigns.model import Campaign
    from postrider.campaigns.rendering import CampaignRenderer
    from postrider.campaigns.service import CampaignService
    from postrider.campaigns.variants.model import Variant, VariantSet
    from postrider.contacts.model import Contact
    from postrider.delivery.service import DeliveryService
    from postrider.kit.clock import Clock
    from postrider.mails.rendering import TrialMail
    from postrider.senders.service import SenderService

LONG = timedelta(hours=1)
RECENT = timedelta(hours=24)
MAX_RECENT_CAMPAIGNS = 5
"""Campaigns of the last day whose recipients are compared, of the latest MAX_LISTED ones."""
MAX_LISTED = 50
MAX_COMPARED = 1000
"""Recipients that are compared with those of recent campaigns."""
FOUND_AGAIN = "html_too_long"
"""The compiler finds it too, before links are tracked."""


class CampaignChecks:
    def __init__(
        self,
        campaigns: CampaignService,
        requirements: CampaignRequirements,
        renderer: CampaignRenderer,
        accounts: AccountService,
        senders: SenderService,
        sender_checks: SenderChecks,
        link_checks: LinkChecks,
        delivery: DeliveryService,
        now: Clock,
    ) -> None:
        self._campaigns, self._requirements, self._renderer = campaigns, requirements, renderer
        self._accounts, self._senders, self._delivery, self._now = accounts, senders, delivery, now
        self._sender_checks, self._link_checks = sender_checks, link_checks

    def all(self, account_id: str, campaign_id: int) -> list[Finding]:
        """Return all findings: first those that prevent scheduling, then those for the owner to decide. Raises NotFound.

        Domains are looked up in DNS, and links are opened. Recipients are counted exactly up to a limit, else from a sample.
        """
        campaign = self._campaigns.get(account_id, campaign_id)
        review = self._requirements.review(campaign)
        findings = [blocking(problem) for problem in review.problems()]
        findings += self._about_sender(campaign)
        if review.has_audience:
            findings += self._about_audience(campaign, review.sample())
            findings += self._about_content(campaign, review)
        return findings

    def _about_sender(self, campaign: Campaign) -> Iterator[Finding]:
        if campaign.sender_id is None:
            return
        try:
            sender = self._senders.get(campaign.account_id, campaign.sender_id)
        except NotFound:
            return
        yield from self._sender_checks.findings(campaign.account_id, sender)

    def _about_audience(self, campaign: Campaign, sample: AudienceSample) -> Iterator[Finding]:
        field = ("audience", "segment_id" if campaign.segment_id is not None else "list_id")
        if not sample.size:
            yield question(
                "audience_empty", "The audience of the campaign is empty: nobody would get it.", *field, count=0
            )
            return
        about = "" if sample.is_whole or sample.counted is not None else "about "
        yield question("audience_size", f"The campaign goes to {about}{sample.size} people.", *field, count=sample.size)
        yield from self._about_duration(sample.size)
        recent = self._recently_mailed(campaign, sample)
        if recent:
            message = f"{recent} of the recipients got another campaign of this list in the last 24 hours"
            compared = min(len(sample.contacts), MAX_COMPARED)
            limit = "" if compared == sample.size else f", among {compared} who were compared"
            yield question("recently_mailed", f"{message}{limit}.", *field, count=recent)

    def _about_duration(self, size: int) -> Iterator[Finding]:
        rate = self._delivery.allowed_rate()
        seconds = round(size / rate) if rate else 0
        if seconds > LONG.total_seconds():
            message = f"At the present rate of SES, {rate:.0f} mails a second, the sending takes {timedelta(seconds=seconds)}."
            yield question("takes_long", message, "audience", count=seconds)

    def _about_content(self, campaign: Campaign, review: CampaignReview) -> Iterator[Finding]:
        if not (campaign.has_html or campaign.has_text):
            return
        variants = self._renderer.variants(campaign)
        try:
            trials = [(variant, self._renderer.trial(campaign, variant)) for variant in variants.variants]
        except PostriderError:  # reported among the problems that prevent scheduling
            return
        yield from (from_warning(warning) for warning in review.warnings if warning.type != FOUND_AGAIN)
        account = self._accounts.get_cached(campaign.account_id)
        sample = review.sample()
        for variant, trial in trials:
            label = f"{variants.label(variant)}: " if campaign.variants_id is not None else ""
            findings = [
                *content.findings(trial.content.html, trial, has_postal_address=account.has_postal_address),
                *content.empty_fields(trial.compiled, trial.people(_readers(variants, variant, trial, sample)), sample),
            ]
            yield from (replace(finding, message=label + finding.message) for finding in findings)
        html = "\n".join(trial.content.html or "" for _, trial in trials)
        links = {link.target: link for _, trial in trials for link in trial.compiled.links}
        yield from self._link_checks.findings(campaign.account_id, html, list(links.values()))

    def _recently_mailed(self, campaign: Campaign, sample: AudienceSample) -> int:
        """Return the number of recipients that got another campaign of the list within RECENT."""
        contact_ids = [contact.id for contact in sample.contacts[:MAX_COMPARED]]
        mailed: set[int] = set()
        for other in self._recent_campaigns(campaign):
            rows = self._delivery.outcomes(campaign.account_id, other.source, contact_ids)
            mailed |= {contact_id for contact_id, row in rows.items() if row.outcome in MAY_HAVE_LEFT}
        return len(mailed)

    def _recent_campaigns(self, campaign: Campaign) -> list[Campaign]:
        newest = self._campaigns.page(
            campaign.account_id, page=1, per_page=MAX_LISTED, sort=Sort("scheduled_for", descending=True), filters={}
        )
        since = self._now() - RECENT
        recent = (
            other
            for other in newest.items
            if other.id != campaign.id
            and other.list_id == campaign.list_id
            and other.status in (rules.DELIVERING, rules.DELIVERED)
            and other.scheduled_for is not None
            and other.scheduled_for >= since
        )
        return list(islice(recent, MAX_RECENT_CAMPAIGNS))


def _readers(variants: VariantSet, variant: Variant, trial: TrialMail, sample: AudienceSample) -> list[Contact]:
    """Return the contacts of the sample that would get this variant."""
    if not variants.others:
        return list(sample.contacts)
    return [
        contact
        for contact in sample.contacts
        if variants.pick(contact.id, language_of(trial.names.attributes_of(contact))).id == variant.id
    ]

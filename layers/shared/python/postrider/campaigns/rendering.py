"""Render campaigns: the content of a revision with the settings of the campaign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from cachetools import LRUCache

from postrider.campaigns.variants.links import numbered_targets, numbers_of
from postrider.campaigns.variants.rules import language_of
from postrider.content.compiled import ContentWarning, Rendered
from postrider.kit.errors import Invalid, NotFound
from postrider.mail_events.recipients import recipients
from postrider.mail_events.source import SourceKind

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.campaigns.children.audiences import AudienceStore
    from postrider.campaigns.model import Campaign
    from postrider.campaigns.service import CampaignService
    from postrider.campaigns.variants.model import Variant, VariantSet
    from postrider.content.model import Content
    from postrider.lists.model import ContactList
    from postrider.mails.model import MailSettings
    from postrider.mails.rendering import MailRenderer, PreparedMail, TrialMail
    from postrider.tracking.links import LinkTable
    from postrider.tracking.tokens import MailToken

MAILINGS_CACHED = 8
"""Number of mailings that a process caches; compiled content may take megabytes."""


class CampaignRenderer:
    def __init__(
        self, campaigns: CampaignService, mails: MailRenderer, links: LinkTable, audiences: AudienceStore
    ) -> None:
        self._campaigns, self._mails, self._links, self._audiences = campaigns, mails, links, audiences
        self._mailings: LRUCache[tuple[int, int, str | None], PreparedMail] = LRUCache(MAILINGS_CACHED)

    def mailing(self, campaign: Campaign) -> PreparedMail:
        """Return a started campaign prepared for sending, cached by revision and run. Raises Invalid if it cannot be sent."""
        key = (campaign.id, campaign.revision, campaign.run_id)
        if key not in self._mailings:
            self._mailings[key] = self._mails.prepare(campaign.mail, self._campaigns.content(campaign))
        return self._mailings[key]

    # Variants

    def variants(self, campaign: Campaign) -> VariantSet:
        """Return the variants of the campaign; without variants, only its own content."""
        return self._campaigns.variants(campaign)

    def variant_mailing(self, campaign: Campaign, variant: Variant, targets: Mapping[int, str]) -> PreparedMail:
        """Return a variant prepared for sending; `targets` are the links of all variants. Raises Invalid if it cannot be sent."""
        settings, content = self._mail(campaign, variant)
        mailing = self._mails.prepare(settings, content)
        if variant.id == campaign.id:
            return mailing
        numbers = numbers_of(mailing.compiled.links, targets)
        return replace(mailing, settings=replace(settings, link_numbers=numbers))

    def link_targets(self, campaign: Campaign, contact_list: ContactList) -> dict[int, str]:
        """Return the targets of the links of all variants by number. Raises Invalid if one of them cannot be sent."""
        contents = [self._mails.sendable_links(campaign.mail, self._campaigns.content(campaign), contact_list)]
        variants = self._campaigns.variants(campaign)
        for variant in variants.others:
            with _named(variants, variant):
                contents.append(self._mails.sendable_links(*self._mail(campaign, variant), contact_list))
        return numbered_targets(contents)

    def stored_targets(self, campaign: Campaign) -> dict[int, str]:
        """Return the targets of the links of all variants, which were stored when the campaign began."""
        return self._links.all(campaign.account_id, campaign.source)

    def sent_links(self, campaign: Campaign, variant_id: int | None = None) -> dict[int, str]:
        """Return the link targets of all variants, or of one variant, by number, as they were when the campaign began.

        Raises NotFound for an unknown variant.
        """
        targets = self.stored_targets(campaign)
        if variant_id is None:
            return targets
        settings, content = self._mail(campaign, self._variant(campaign, variant_id))
        written = {link.target for link in self._mails.links(settings, content)}
        return {number: target for number, target in targets.items() if target in written}

    def _mail(self, campaign: Campaign, variant: Variant | None) -> tuple[MailSettings, Content]:
        """Return the settings and the content of a variant; None is the campaign's own content."""
        if variant is None or variant.id == campaign.id:
            return campaign.mail, self._campaigns.content(campaign)
        content = self._campaigns.content(replace(campaign, content_id=variant.content_id))
        settings = replace(campaign.mail, variant=variant.id)
        if variant.sender_id is not None:
            settings = replace(settings, sender_id=variant.sender_id, sender_name=None)
        if variant.reply_to_email is not None:
            settings = replace(settings, reply_to_email=variant.reply_to_email)
        return settings, content

    def _variant_of(self, campaign: Campaign, contact_id: int) -> int | None:
        """Return the id of the variant that was sent to a contact, or None for the campaign's own content."""
        if campaign.variants_id is None or not contact_id:
            return None
        recipient = recipients(campaign.account_id, campaign.source, [contact_id]).get(contact_id)
        return None if recipient is None else recipient.variant or None

    def _variant(self, campaign: Campaign, variant_id: int | None, contact_id: int | None = None) -> Variant | None:
        """Return the variant with this id, or the variant for the contact, or None for the campaign's own content.

        Raises NotFound for an unknown variant or contact.
        """
        if variant_id in (None, campaign.id) and (campaign.variants_id is None or contact_id is None):
            return None
        variants = self._campaigns.variants(campaign)
        if variant_id is None and contact_id is not None:
            attributes = self._mails.attributes_of(campaign.mail, contact_id)
            return variants.pick(contact_id, language_of(attributes))
        for variant in variants.variants:
            if variant.id == variant_id:
                return variant
        raise NotFound("Unknown content of the campaign.", code="variant_not_found", field="variant_id")

    # Previews

    def check_campaign(self, campaign: Campaign, contact_list: ContactList) -> tuple[ContentWarning, ...]:
        """Check that all variants can be merged with the attributes of the campaign's list. Raises Invalid.

        Return the warnings about the contents.
        """
        warnings = [*self._mails.check(campaign.mail, self._campaigns.content(campaign), contact_list)]
        if campaign.variants_id is None:
            return tuple(warnings)
        variants = self._campaigns.variants(campaign)
        contents = [self._mails.links(*self._mail(campaign, None), contact_list)]
        for variant in variants.others:
            with _named(variants, variant):
                settings, content = self._mail(campaign, variant)
                _check_complete(variant)
                self._mails.check_sender(settings)
                faults = self._mails.check(settings, content, contact_list)
                contents.append(self._mails.links(settings, content, contact_list))
            label = variants.label(variant)
            warnings += [ContentWarning(warning.type, f"{label}: {warning.message}") for warning in faults]
        numbered_targets(contents)
        return tuple(warnings)

    def render(self, campaign: Campaign, *, contact_id: int | None = None, variant_id: int | None = None) -> Rendered:
        """Return a variant merged for a contact, or with empty tags. Raises NotFound for the contact or the variant.

        Without `variant_id`, render the variant for the contact, or else the campaign's own content.
        """
        settings, content = self._mail(campaign, self._variant(campaign, variant_id, contact_id))
        return self._mails.render(settings, content, contact_id=contact_id)

    def warnings(self, campaign: Campaign) -> tuple[ContentWarning, ...]:
        """Return the warnings about the content."""
        return self._mails.warnings(campaign.mail, self._campaigns.content(campaign))

    def trial(self, campaign: Campaign, variant: Variant | None = None) -> TrialMail:
        """Return a variant as it would be sent, without a recipient. Raises Invalid if it cannot be sent."""
        return self._mails.trial(*self._mail(campaign, variant))

    def web_view(self, token: MailToken, *, revision: int | None = None) -> Rendered:
        """Return a mail as the contact received it, for the browser. Raises NotFound if the campaign is deleted.

        The content is the latest one, or the content of a revision.
        """
        if token.source is None or token.source.kind != SourceKind.CAMPAIGN:
            raise NotFound("Unknown campaign.", code="campaign_not_found")
        campaign = self._campaigns.get(token.account_id, token.source.id)
        began_at = campaign.scheduled_for if campaign.run_id else None
        if revision is not None:
            campaign = self._campaigns.at_revision(campaign, revision)
        data = self._audiences.data_of(token.account_id, campaign.audience_id, token.contact_id)
        variant_id = token.variant or self._variant_of(campaign, token.contact_id)
        settings, content = self._mail(campaign, self._variant(campaign, variant_id))
        if settings.variant:
            numbers = numbers_of(self._mails.links(settings, content), self.stored_targets(campaign))
            settings = replace(settings, link_numbers=numbers)
        return self._mails.web_view(settings, content, token, began_at=began_at, data=data)

    def web_view_url(self, campaign: Campaign) -> str | None:
        """Return the public URL of the mail without personal data, or None for a campaign without a content."""
        return None if campaign.revision == 0 else self._mails.web_view_url(campaign.mail)

    def send_test(self, campaign: Campaign, *, to: str, separated: bool, variant_id: int | None = None) -> None:
        """Send a test of a variant, or of the campaign's own content: one mail, or one mail per part. Tests are not counted.

        Raises NotFound for the variant, and Invalid for a missing subject or content, a sender that is not confirmed, or a
        suppressed address.
        """
        settings, content = self._mail(campaign, self._variant(campaign, variant_id))
        self._mails.send_test(settings, content, to=to, separated=separated)


def _check_complete(variant: Variant) -> None:
    """Check that a variant has a subject and a body. Raises Invalid."""
    if not variant.subject:
        raise Invalid("It has no subject; set one.", code="campaign_incomplete", field=("content", "subject"))
    if not (variant.has_html or variant.has_text):
        raise Invalid("It has no content; add html or text.", code="campaign_incomplete", field="content")


@contextmanager
def _named(variants: VariantSet, variant: Variant) -> Iterator[None]:
    """Name the variant in the message of a raised error."""
    try:
        yield
    except Invalid as exc:
        message = f"The content for {variants.label(variant)} cannot be sent: {exc.message}"
        raise Invalid(message, code=exc.code, details=exc.details, field=exc.field) from exc

"""Writes the mails of a run whose content has variants."""

from postrider.campaigns.model import Campaign
from postrider.campaigns.recipients import Recipient
from postrider.campaigns.rendering import CampaignRenderer
from postrider.campaigns.variants.model import VariantSet
from postrider.campaigns.variants.rules import language_of
from postrider.mails.rendering import Mailing, MailRenderer
from postrider.ports.mailer import OutgoingMail


class VariantWriter:
    """A variant is compiled when the first recipient gets it."""

    def __init__(
        self, mails: MailRenderer, renderer: CampaignRenderer, campaign: Campaign, variants: VariantSet
    ) -> None:
        """Prepare the campaign's own content. Raises Invalid when it cannot be sent."""
        self._mails, self._renderer, self._campaign, self._variants = mails, renderer, campaign, variants
        own = renderer.mailing(campaign)
        self._names = own.names
        self._mailings: dict[int, Mailing] = {variants.own.id: own}
        self._targets = renderer.stored_targets(campaign)

    def variant_of(self, contact_id: int, recipient: Recipient | None) -> int:
        """Return the id of the variant for a contact; that of the default language for a deleted one."""
        attributes = {} if recipient is None else self._names.attributes_of(recipient.contact)
        return self._variants.pick(contact_id, language_of(attributes)).id

    def write(self, recipient: Recipient, *, reference: str, variant: int) -> OutgoingMail:
        """Return the mail to a recipient. Raises Invalid when it cannot be written for this recipient."""
        mailing = self._mailing(variant)
        message = self._mails.message(mailing, recipient.contact, reference=reference, data=recipient.data)
        return OutgoingMail(to=recipient.contact.email, sender=mailing.sending.frame.sender_email, message=message)

    def _mailing(self, variant_id: int) -> Mailing:
        if variant_id not in self._mailings:
            variant = next(variant for variant in self._variants.variants if variant.id == variant_id)
            self._mailings[variant_id] = self._renderer.variant_mailing(self._campaign, variant, self._targets)
        return self._mailings[variant_id]

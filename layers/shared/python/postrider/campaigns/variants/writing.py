"""Write the mails of a run whose content has variants."""

from postrider.campaigns.model import Campaign
from postrider.campaigns.recipients import CampaignRecipient
from postrider.campaigns.rendering import CampaignRenderer
from postrider.campaigns.variants.model import VariantSet
from postrider.campaigns.variants.rules import language_of
from postrider.mails.rendering import MailRenderer, PreparedMail
from postrider.ports.mailer import OutgoingMail


class VariantWriter:
    """The writer of a run with variants. It prepares all variants first: an invalid variant stops the run."""

    def __init__(
        self, mails: MailRenderer, renderer: CampaignRenderer, campaign: Campaign, variants: VariantSet
    ) -> None:
        """Prepare the contents. Raises Invalid if one of them cannot be sent."""
        self._mails, self._variants = mails, variants
        own, targets = renderer.mailing(campaign), renderer.stored_targets(campaign)
        self._names = own.names
        self._mailings: dict[int, PreparedMail] = {variants.own.id: own}
        for variant in variants.others:
            self._mailings[variant.id] = renderer.variant_mailing(campaign, variant, targets)

    def variant_of(self, contact_id: int, recipient: CampaignRecipient | None) -> int:
        """Return the id of the variant for a contact; a deleted contact gets the default language."""
        attributes = {} if recipient is None else self._names.attributes_of(recipient.contact)
        return self._variants.pick(contact_id, language_of(attributes)).id

    def write(self, recipient: CampaignRecipient, *, reference: str, variant: int) -> OutgoingMail:
        """Return the mail to a recipient. Raises Invalid if it cannot be written for this recipient."""
        mailing = self._mailings[variant]
        message = self._mails.message(mailing, recipient.contact, reference=reference, data=recipient.data)
        return OutgoingMail(to=recipient.contact.email, sender=mailing.sending.frame.sender_email, message=message)

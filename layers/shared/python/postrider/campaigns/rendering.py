"""Render campaigns: the content of a revision with the settings of the campaign."""

from postrider.campaigns.model import Campaign
from postrider.campaigns.service import CampaignService
from postrider.content.compile import ContentWarning
from postrider.content.preview import Rendered
from postrider.events.source import SourceKind
from postrider.kit.errors import NotFound
from postrider.lists.model import ContactList
from postrider.mails.rendering import Mailing, MailRenderer, TrialMail
from postrider.tracking.tokens import MailToken

KEPT_MAILINGS = 8
"""Mailings that a process keeps ready; compiled content may take megabytes."""


class CampaignRenderer:
    def __init__(self, campaigns: CampaignService, mails: MailRenderer) -> None:
        self._campaigns, self._mails = campaigns, mails
        self._kept: dict[tuple[int, int, str | None], Mailing] = {}

    def mailing(self, campaign: Campaign, contact_list: ContactList | None = None) -> Mailing:
        """Return the campaign ready for sending, cached by content revision and run. Raises Invalid if it cannot be.

        `contact_list` is its list, if it was read already.
        """
        key = (campaign.id, campaign.revision, campaign.run_id)
        if campaign.run_id is None or key not in self._kept:
            made = self._mails.prepare(campaign.mail, self._campaigns.content(campaign), contact_list)
            if campaign.run_id is None:
                return made
            while len(self._kept) >= KEPT_MAILINGS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = made
        return self._kept[key]

    def check_campaign(self, campaign: Campaign, contact_list: ContactList) -> tuple[ContentWarning, ...]:
        """Check that the content can be merged with the attributes of the campaign's list. Raises Invalid.

        Returns the faults of the content that do not stop its sending.
        """
        return self._mails.check(campaign.mail, self._campaigns.content(campaign), contact_list)

    def render(self, campaign: Campaign, *, contact_id: int | None = None) -> Rendered:
        """Return the content merged for a contact, or with empty tags. Raises NotFound for the contact."""
        return self._mails.render(campaign.mail, self._campaigns.content(campaign), contact_id=contact_id)

    def warnings(self, campaign: Campaign) -> tuple[ContentWarning, ...]:
        """Return the faults of the content that do not stop its sending."""
        return self._mails.warnings(campaign.mail, self._campaigns.content(campaign))

    def trial(self, campaign: Campaign) -> TrialMail:
        """Return the mail as it would be sent, written for nobody. Raises Invalid when it cannot be."""
        return self._mails.trial(campaign.mail, self._campaigns.content(campaign))

    def web_view(self, token: MailToken, *, revision: int | None = None) -> Rendered:
        """Return a mail as the contact received it, for the browser. Raises NotFound when it is deleted.

        Its content is the latest, or that of a revision.
        """
        if token.source is None or token.source.kind != SourceKind.CAMPAIGN:
            raise NotFound("Unknown campaign.", code="campaign_not_found")
        campaign = self._campaigns.get(token.account_id, token.source.id)
        began_at = campaign.scheduled_for if campaign.run_id else None
        return self._mails.web_view(
            campaign.mail, self._campaigns.content(campaign, revision), token, began_at=began_at
        )

    def web_view_url(self, campaign: Campaign) -> str | None:
        """Return the public URL of the mail without personal data, or None before there is content."""
        return None if campaign.revision == 0 else self._mails.web_view_url(campaign.mail)

    def send_test(self, campaign: Campaign, *, to: str, separated: bool) -> None:
        """Send a test: one mail, or one for each part. Tests are not counted.

        Raises Invalid without confirmed sender, subject or content, or when the address is suppressed.
        """
        self._mails.send_test(campaign.mail, self._campaigns.content(campaign), to=to, separated=separated)

"""Show a mail of any source in the browser."""

from postrider.campaigns.rendering import CampaignRenderer
from postrider.content.compiled import Rendered
from postrider.mail_events.source import SourceKind
from postrider.tracking.tokens import MailToken
from postrider.transactional.copies import CopyService
from postrider.workflows.rendering import ActionRenderer


class MailViews:
    def __init__(self, campaigns: CampaignRenderer, actions: ActionRenderer, copies: CopyService) -> None:
        self._campaigns, self._actions, self._copies = campaigns, actions, copies

    def view(self, token: MailToken) -> Rendered:
        """Return the mail as the contact of the token received it. Raises NotFound if the mail is deleted."""
        if token.source is not None and token.source.kind == SourceKind.WORKFLOW_ACTION:
            return self._actions.web_view(token, token.source.id)
        if token.source is not None and token.source.kind == SourceKind.TRANSACTIONAL:
            return self._copies.view(token.account_id, token.source.id, token.contact_id)
        return self._campaigns.web_view(token)

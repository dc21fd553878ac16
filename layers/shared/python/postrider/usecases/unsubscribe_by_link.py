"""Unsubscribe a person by the link of a mail, before the request is answered."""

from postrider.kit.errors import NotFound
from postrider.lists.service import ListService
from postrider.mail_events.model import EventType
from postrider.mail_events.source import SourceKind
from postrider.suppressions.model import SuppressionSource
from postrider.tracking.service import TrackingRequest, TrackingService
from postrider.tracking.tokens import MailToken, TokenPurpose
from postrider.transactional.copies import CopyService
from postrider.usecases.mail_reactions import MailReactions
from postrider.usecases.suppress_address import AddressSuppression


class LinkUnsubscription:
    def __init__(
        self,
        tracking: TrackingService,
        lists: ListService,
        reactions: MailReactions,
        suppression: AddressSuppression,
        copies: CopyService,
    ) -> None:
        self._tracking, self._lists, self._reactions = tracking, lists, reactions
        self._suppression, self._copies = suppression, copies

    def unsubscribe(self, purpose: TokenPurpose, text: str, request: TrackingRequest) -> MailToken:
        """Unsubscribe from the list; with GLOBAL_UNSUBSCRIBE, suppress the address in the whole account as well.

        Raises NotFound for a link with another purpose, or if its address is no longer known.
        """
        token = self._tracking.read_token(purpose, text)
        self._unsubscribe(token, text, request, everything=purpose == TokenPurpose.GLOBAL_UNSUBSCRIBE)
        return token

    def unsubscribe_from_message(self, token: MailToken, text: str, request: TrackingRequest) -> None:
        """Unsubscribe with the token of a message that was read already; `text` is the id of the message."""
        self._unsubscribe(token, text, request, everything=False)

    def unsubscribe_by_preferences(self, text: str, request: TrackingRequest, *, everything: bool) -> None:
        """Unsubscribe with the link of the preferences page."""
        self._unsubscribe(
            self._tracking.read_token(TokenPurpose.PREFERENCES, text), text, request, everything=everything
        )

    def _unsubscribe(self, token: MailToken, text: str, request: TrackingRequest, *, everything: bool) -> None:
        """Unsubscribe the address to which the mail was sent, whoever has it now, and the contact that the mail was for.

        The link of a deleted list suppresses the address in the whole account, because its people may be on other lists now.
        The link of a test mail has no contact and changes nothing.
        """
        if not token.contact_id:
            return
        if token.source is not None and token.source.kind == SourceKind.TRANSACTIONAL:
            self._unsubscribe_address(token, token.source.id, text, request)
            return
        source = None if token.source is None else str(token.source.whole)
        details = {"source": source, "event_id": request.request_id, "reason": _event_type(everything).value}
        addresses = self._reactions.unsubscribe(
            token.account_id, token.list_id, token.contact_id, address_number=token.address_number, details=details
        )
        # Read the list afterwards: if it was deleted before, or meanwhile, the contact may have been deleted with it.
        everything = everything or not self._lists.exists(token.account_id, token.list_id)
        if everything:
            for address in sorted(addresses):
                self._suppression.suppress(token.account_id, address, SuppressionSource.GLOBAL_UNSUBSCRIBE)
        self._tracking.record(token, _event_type(everything), text, request)

    def _unsubscribe_address(self, token: MailToken, mail_id: int, text: str, request: TrackingRequest) -> None:
        """Suppress the address of a transactional mail, which has no list."""
        address = self._copies.address_of(token.account_id, mail_id, token.contact_id)
        if address is None:
            raise NotFound("The address of this link is no longer known.", code="token_invalid")
        self._suppression.suppress(token.account_id, address, SuppressionSource.GLOBAL_UNSUBSCRIBE)
        self._tracking.record(token, EventType.UNSUBSCRIBED_FROM_ACCOUNT, text, request)


def _event_type(is_from_account: bool) -> EventType:
    return EventType.UNSUBSCRIBED_FROM_ACCOUNT if is_from_account else EventType.UNSUBSCRIBED

"""Show and change the preferences of a recipient by the link of a mail."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from postrider.consent.confirmation_requests import ConfirmationRequests
from postrider.contacts.model import Contact, Status
from postrider.contacts.rules import CONFIRMABLE
from postrider.contacts.service import ContactService
from postrider.interests.service import InterestService
from postrider.kit.errors import NotFound
from postrider.lists.service import ListService
from postrider.ports.queue import Queue
from postrider.tracking.tokens import MailToken, TokenPurpose, Tokens


class SubscriptionState(StrEnum):
    """The state of the subscription. BLOCKED: the person has chosen to get no mail from the account at all.

    LIST_DELETED: the list is deleted, and the link can only stop all mail from the account.
    """

    SUBSCRIBED = "subscribed"
    NOT_SUBSCRIBED = "not_subscribed"
    BLOCKED = "blocked"
    LIST_DELETED = "list_deleted"


@dataclass(frozen=True, kw_only=True)
class InterestChoice:
    name: str
    label: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Preferences:
    account_id: str
    list_id: int
    language: str
    list_name: str
    state: SubscriptionState
    choices: list[InterestChoice]


class PreferenceService:
    """A service for preference pages. Links of deleted contacts behave like other links, so that deletion is not revealed."""

    def __init__(
        self,
        tokens: Tokens,
        contacts: ContactService,
        lists: ListService,
        interests: InterestService,
        queue: Queue,
    ) -> None:
        self._tokens, self._contacts, self._lists, self._interests = tokens, contacts, lists, interests
        self._queue = queue

    def get(self, text: str) -> Preferences:
        """Return the preferences for a link. Raises NotFound for an invalid link.

        The link of a deleted list is invalid once the address of its contact is no longer known.
        """
        token = self._tokens.read(TokenPurpose.PREFERENCES, text)
        try:
            contact_list = self._lists.get(token.account_id, token.list_id)
        except NotFound:
            return self._of_deleted_list(token)
        contact = self._contact(token)
        chosen = contact.interests if contact else frozenset()
        return Preferences(
            account_id=token.account_id,
            list_id=token.list_id,
            language=contact_list.language,
            list_name=contact_list.name,
            state=_state(contact),
            choices=[
                InterestChoice(name=interest.name, label=interest.alias or interest.name, chosen=interest.id in chosen)
                for interest in self._interests.all(token.account_id, token.list_id)
            ],
        )

    def _of_deleted_list(self, token: MailToken) -> Preferences:
        if not self._contacts.is_known(token.account_id, token.list_id, token.contact_id):
            raise NotFound("The address of this link is no longer known.", code="token_invalid")
        return Preferences(
            account_id=token.account_id,
            list_id=token.list_id,
            language="en",
            list_name="",
            state=SubscriptionState.LIST_DELETED,
            choices=[],
        )

    def choose_interests(self, text: str, names: Collection[str]) -> None:
        """Replace the person's interests by the existing interests with these names. Raises NotFound for the link."""
        token = self._tokens.read(TokenPurpose.PREFERENCES, text)
        known = self._interests.all(token.account_id, token.list_id)
        chosen = [interest.id for interest in known if interest.name in names]
        with suppress(NotFound):
            self._contacts.upserts.patch(token.account_id, token.list_id, token.contact_id, interests=chosen)

    def request_resubscription(self, text: str, purpose: TokenPurpose = TokenPurpose.PREFERENCES) -> bool:
        """Mail a confirmation request to a person who wants to subscribe again. Raises NotFound for link and list.

        The request is needed because readers of a forwarded mail have the link as well. Return False if the person is
        subscribed already.
        """
        token = self._tokens.read(purpose, text)
        self._lists.get(token.account_id, token.list_id)
        contact = self._contact(token)
        if contact is not None and _state(contact) == SubscriptionState.NOT_SUBSCRIBED:
            ConfirmationRequests(self._queue).request(token.account_id, token.list_id, [contact])
        return contact is None or not contact.is_mailable

    def _contact(self, token: MailToken) -> Contact | None:
        """Return the contact of a link, or None if it is deleted. The list must exist."""
        contacts = self._contacts.many(token.account_id, token.list_id, [token.contact_id])
        return contacts.get(token.contact_id)


def _state(contact: Contact | None) -> SubscriptionState:
    if contact is None:
        return SubscriptionState.SUBSCRIBED
    if contact.suppressed or contact.status == Status.FLAGGED:
        return SubscriptionState.BLOCKED
    return SubscriptionState.NOT_SUBSCRIBED if contact.status in CONFIRMABLE else SubscriptionState.SUBSCRIBED

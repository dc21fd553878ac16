"""What a recipient may change by the link of a mail: interests, leaving, coming back."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from postrider.consent.confirmation_requests import ConfirmationRequests
from postrider.contacts.model import Contact, Status
from postrider.contacts.service import ContactService
from postrider.interests.service import InterestService
from postrider.kit.errors import NotFound
from postrider.lists.service import ListService
from postrider.ports.queue import Queue
from postrider.tracking.service import TrackingRequest, TrackingService
from postrider.tracking.tokens import MailToken, Purpose, Tokens


class State(StrEnum):
    """How the person stands to the list. Silenced: no mail of the account any more, which only they could take back."""

    SUBSCRIBED = "subscribed"
    AWAY = "away"
    SILENCED = "silenced"


@dataclass(frozen=True, kw_only=True)
class Choice:
    name: str
    label: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Preferences:
    account_id: str
    list_id: int
    language: str
    list_name: str
    state: State
    choices: list[Choice]


class PreferenceService:
    """A contact that is gone looks like any other, so that a link tells nothing about it."""

    def __init__(
        self,
        tokens: Tokens,
        contacts: ContactService,
        lists: ListService,
        interests: InterestService,
        tracking: TrackingService,
        queue: Queue,
    ) -> None:
        self._tokens, self._contacts, self._lists, self._interests = tokens, contacts, lists, interests
        self._tracking, self._queue = tracking, queue

    def seen(self, text: str) -> Preferences:
        """Raises NotFound for a link that was not made here, or when its list is gone."""
        token = self._tokens.read(Purpose.PREFERENCES, text)
        contact_list = self._lists.get(token.account_id, token.list_id)
        contact = self._contact(token)
        chosen = contact.interests if contact else frozenset()
        return Preferences(
            account_id=token.account_id,
            list_id=token.list_id,
            language=contact_list.language,
            list_name=contact_list.name,
            state=_state(contact),
            choices=[
                Choice(name=one.name, label=one.alias or one.name, chosen=one.id in chosen)
                for one in self._interests.all(token.account_id, token.list_id)
            ],
        )

    def choose(self, text: str, names: Collection[str]) -> None:
        """The interests of the list that the person has, all others are taken away. Raises NotFound for the link."""
        token = self._tokens.read(Purpose.PREFERENCES, text)
        known = self._interests.all(token.account_id, token.list_id)
        chosen = [interest.id for interest in known if interest.name in names]
        with suppress(NotFound):
            self._contacts.patch(token.account_id, token.list_id, token.contact_id, interests=chosen)

    def leave(self, text: str, hit: TrackingRequest, *, everything: bool) -> None:
        """Raises NotFound for the link."""
        token = self._tokens.read(Purpose.PREFERENCES, text)
        purpose = Purpose.GLOBAL_UNSUBSCRIBE if everything else Purpose.UNSUBSCRIBE
        self._tracking.unsubscribe(purpose, self._tokens.make(purpose, token), hit)

    def come_back(self, text: str, purpose: Purpose = Purpose.PREFERENCES) -> bool:
        """Mail the question whether they mean it: a forwarded mail carries the link as well. Raises NotFound for it.

        False when they get mail anyway.
        """
        token = self._tokens.read(purpose, text)
        contact = self._contact(token)
        if contact is not None and _state(contact) == State.AWAY:
            ConfirmationRequests(self._queue, again=True).ask(token.account_id, token.list_id, [contact])
        return contact is None or not contact.mailable

    def _contact(self, token: MailToken) -> Contact | None:
        try:
            return self._contacts.get(token.account_id, token.list_id, token.contact_id)
        except NotFound:
            return None


def _state(contact: Contact | None) -> State:
    if contact is None:
        return State.SUBSCRIBED
    if contact.suppressed or contact.status == Status.FLAGGED:
        return State.SILENCED
    return State.AWAY if contact.status in (Status.UNSUBSCRIBED, Status.PENDING) else State.SUBSCRIBED

"""The recipients of a run of an action: waiting contacts that are still in the workflow and fulfil the condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from postrider.contacts.model import Contact, block_of
from postrider.contacts.service import ContactService
from postrider.delivery.audience import FrozenAudience
from postrider.journeys import rules
from postrider.journeys.model import Entry, SkipReason
from postrider.journeys.repository import JourneyRepository
from postrider.kit.errors import NotFound
from postrider.mail_events.model import Engagement
from postrider.mail_events.source import MailSource
from postrider.suppressions.service import SuppressionService
from postrider.workflows.model import ActionCondition, Trigger


@dataclass(frozen=True)
class JourneyRecipient:
    """A contact in its current state; `refusal` is the code of the reason why it gets no mail."""

    contact: Contact
    refusal: str | None

    @property
    def email(self) -> str:
        return self.contact.email


class EngagementReader(Protocol):
    """A reader of the engagement of recipients with a mail."""

    def of_block(self, account_id: str, source: MailSource, block: int) -> Mapping[int, Engagement]:
        """Return the engagement of the recipients of a block with the mail of a source, by contact id, with one query."""
        ...


class JourneyAudience:
    def __init__(
        self,
        journeys: JourneyRepository,
        contacts: ContactService,
        suppressions: SuppressionService,
        engagements: EngagementReader,
    ) -> None:
        self._journeys, self._contacts, self._suppressions = journeys, contacts, suppressions
        self._engagements = engagements

    def freeze(
        self, account_id: str, list_id: int, segment_id: int | None, audience_id: str | None = None
    ) -> FrozenAudience:
        """Raise NotFound: the audience of an action consists of its waiting groups."""
        raise NotFound(
            "The audience of an action consists of its waiting groups, and cannot be frozen.", code="source_not_found"
        )

    def blocks(self, account_id: str, audience: Mapping[str, Any]) -> list[int]:
        """Return the blocks that have groups."""
        return sorted(int(block) for block in audience["groups"])

    def matching(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[int]:
        """Return the contacts of the groups of a block that get the mail, in order. The condition is evaluated here, once."""
        groups = self._journeys.groups(
            account_id,
            audience["workflow_id"],
            audience["action_id"],
            block,
            audience["groups"].get(str(block), ()),
        )
        contact_ids = sorted({contact_id for group in groups for contact_id in group.contact_ids})
        recipients = self.read(account_id, audience, contact_ids)
        staying = [contact_id for contact_id, recipient in recipients.items() if recipient.refusal is None]
        condition = ActionCondition(audience["condition"])
        if condition == ActionCondition.NONE or not staying:
            return sorted(staying)
        parent = MailSource.action(int(audience["parent_id"] or 0), audience["entry"])
        return rules.fitting(condition, staying, self._engagements.of_block(account_id, parent, block))

    def read(self, account_id: str, audience: Mapping[str, Any], ids: Sequence[int]) -> dict[int, JourneyRecipient]:
        """Return the current contacts by id; deleted contacts are missing."""
        if not ids:
            return {}
        blocking = self._suppressions.blocking(account_id)
        contacts = self._contacts.contacts_in(account_id, audience["list_id"], ids)
        entries = self._journeys.entries_of_block(
            account_id, audience["workflow_id"], block_of(ids[0]), ids[0], ids[-1]
        )
        trigger = Trigger(audience["trigger"])
        return {
            contact_id: JourneyRecipient(
                contact,
                _refusal(contact, entries.get(contact_id), audience, trigger, is_blocked=blocking.stops(contact)),
            )
            for contact_id, contact in contacts.items()
        }


def _refusal(
    contact: Contact, entry: Entry | None, audience: Mapping[str, Any], trigger: Trigger, *, is_blocked: bool
) -> str | None:
    if entry is None or not rules.is_of(entry, audience["entry"], audience["activation"]):
        return SkipReason.LEFT_WORKFLOW
    return rules.refusal_of(contact, entry, trigger, is_blocked=is_blocked)

"""List all mails to a contact, from all sources, with outcome and reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from postrider.kit.chunks import in_chunks
from postrider.mail_events.model import Engagement
from postrider.mail_events.source import MailSource
from postrider.storage.dynamo import BATCH_GET_KEYS

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.campaigns.service import CampaignService
    from postrider.contacts.model import Contact
    from postrider.contacts.service import ContactService
    from postrider.delivery.model import Outcome
    from postrider.delivery.service import DeliveryService
    from postrider.journeys.service import JourneyService
    from postrider.mail_events.service import EventService
    from postrider.transactional.copies import CopyService
    from postrider.workflows.service import WorkflowService

ENTRIES_SHOWN = 20
"""Maximum number of latest entries into a workflow whose mails are listed."""


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """A mail to the contact. `moment` is when it was sent, or else when its sending began; `contact_id` is the id in its row."""

    source: MailSource
    contact_id: int
    moment: datetime
    outcome: Outcome
    reason: str | None
    sent_at: datetime | None
    name: str | None
    subject: str | None
    workflow_id: int | None = None
    engagement: Engagement = field(default_factory=Engagement)


class ContactHistory:
    def __init__(
        self,
        contacts: ContactService,
        campaigns: CampaignService,
        workflows: WorkflowService,
        journeys: JourneyService,
        copies: CopyService,
        delivery: DeliveryService,
        events: EventService,
    ) -> None:
        self._contacts, self._campaigns, self._workflows, self._journeys = contacts, campaigns, workflows, journeys
        self._copies, self._delivery, self._events = copies, delivery, events

    def page(self, account_id: str, list_id: int, contact_id: int, *, number: int, size: int) -> Sequence[HistoryEntry]:
        """Return a page of the mails to a contact, the newest first. Raises NotFound.

        Rows of the campaigns of the list, beginning with the newest, and of its workflows are read.
        """
        contact = self._contacts.get(account_id, list_id, contact_id)
        wanted = number * size
        streams = (
            self._campaign_mails(contact),
            self._action_mails(contact),
            self._transactional_mails(contact, wanted),
        )
        merged = merge(*streams, key=lambda entry: entry.moment, reverse=True)
        entries = list(islice(merged, wanted - size, wanted))
        pairs = [(entry.source, entry.contact_id) for entry in entries]
        engagements = self._events.engagements_among(account_id, pairs)
        return [
            replace(entry, engagement=engagements.get(pair, Engagement()))
            for entry, pair in zip(entries, pairs, strict=True)
        ]

    def _campaign_mails(self, contact: Contact) -> Iterator[HistoryEntry]:
        campaigns = self._campaigns.begun_of_list(contact.account_id, contact.list_id)
        for chunk in in_chunks(campaigns, BATCH_GET_KEYS):
            sources = [campaign.source for campaign in chunk]
            rows = self._delivery.outcomes_of_contact(contact.account_id, contact.id, sources)
            for campaign in chunk:
                if campaign.source in rows:
                    row = rows[campaign.source]
                    yield HistoryEntry(
                        source=campaign.source,
                        contact_id=contact.id,
                        moment=campaign.scheduled_for or campaign.created_at,
                        outcome=row.outcome,
                        reason=row.reason,
                        sent_at=row.sent_at,
                        name=campaign.name,
                        subject=campaign.subject,
                    )

    def _action_mails(self, contact: Contact) -> Iterator[HistoryEntry]:
        entries: list[HistoryEntry] = []
        for workflow in self._workflows.all(contact.account_id):
            if workflow.list_id != contact.list_id:
                continue
            latest = self._journeys.entry(contact.account_id, workflow.id, contact.id)
            if latest is None:
                continue
            numbers = range(max(1, latest.number - ENTRIES_SHOWN + 1), latest.number + 1)
            actions = {
                MailSource.action(action.id, number): action
                for action in self._workflows.actions(contact.account_id, workflow.id)
                for number in numbers
            }
            rows = self._delivery.outcomes_of_contact(contact.account_id, contact.id, list(actions))
            entries += [
                HistoryEntry(
                    source=source,
                    contact_id=contact.id,
                    moment=row.sent_at or latest.entered_at,
                    outcome=row.outcome,
                    reason=row.reason,
                    sent_at=row.sent_at,
                    name=actions[source].name,
                    subject=actions[source].subject,
                    workflow_id=workflow.id,
                )
                for source, row in rows.items()
            ]
        return iter(sorted(entries, key=lambda entry: entry.moment, reverse=True))

    def _transactional_mails(self, contact: Contact, wanted: int) -> Iterator[HistoryEntry]:
        for copy in self._copies.to_address(contact.account_id, contact.email, wanted):
            if copy.decided_at is not None:
                yield HistoryEntry(
                    source=copy.source,
                    contact_id=copy.id,
                    moment=copy.decided_at,
                    outcome=copy.outcome,
                    reason=copy.reason,
                    sent_at=copy.sent_at,
                    name=None,
                    subject=copy.subject,
                )

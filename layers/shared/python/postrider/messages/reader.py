"""Read messages in batches, from rows of the ledger, contacts, and sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postrider.mail_events.model import Engagement
from postrider.mail_events.source import MailSource, SourceKind
from postrider.messages import rules
from postrider.messages.ids import MessageIds, push_key
from postrider.messages.model import MailMessage, MessageKey, Metric

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.campaigns.model import Campaign
    from postrider.campaigns.service import CampaignService
    from postrider.contacts.model import Contact
    from postrider.contacts.service import ContactService
    from postrider.delivery.model import LedgerRow
    from postrider.delivery.service import DeliveryService
    from postrider.lists.service import ListService
    from postrider.mail_events.service import EventService
    from postrider.pushes.service import PushService
    from postrider.transactional.copies import CopyService
    from postrider.transactional.model import MailCopy
    from postrider.workflows.model import Action
    from postrider.workflows.service import WorkflowService


@dataclass(frozen=True, kw_only=True)
class _MessageSources:
    """The campaigns and actions that sent messages and still exist, by id."""

    campaigns: Mapping[int, Campaign]
    actions: Mapping[int, Action]
    subjects: Mapping[tuple[int, int], str | None]
    """Subjects of variants, by campaign and variant."""


class MessageReader:
    def __init__(
        self,
        events: EventService,
        delivery: DeliveryService,
        campaigns: CampaignService,
        workflows: WorkflowService,
        contacts: ContactService,
        lists: ListService,
        copies: CopyService,
        pushes: PushService,
        ids: MessageIds,
    ) -> None:
        self._events, self._delivery, self._contacts, self._lists = events, delivery, contacts, lists
        self._campaigns, self._workflows, self._copies = campaigns, workflows, copies
        self._pushes, self._ids = pushes, ids

    def read(self, account_id: str, keys: Collection[MessageKey]) -> dict[MessageKey, MailMessage]:
        """Return the known messages by key; rows, contacts and sources are read with one call for 100 each."""
        pairs = {(key.source, key.recipient_id) for key in keys}
        engagements = self._events.engagements_among(account_id, pairs) if pairs else {}
        to_contacts = {key for key in keys if not (key.is_transactional or key.is_push)}
        messages = self._to_contacts(account_id, to_contacts, engagements) if to_contacts else {}
        to_addresses = {key for key in keys if key.is_transactional}
        if to_addresses:
            messages |= self._to_addresses(account_id, to_addresses, engagements)
        if to_devices := {key for key in keys if key.is_push}:
            messages |= self._to_devices(account_id, to_devices)
        return messages

    def _to_devices(self, account_id: str, keys: Collection[MessageKey]) -> dict[MessageKey, MailMessage]:
        """Return push messages. A row of the log has only the source, not the list of the person."""
        pushes = self._pushes.many(account_id, {key.source.id for key in keys})
        own_keys = {push.id: push_key(push) for push in pushes.values()}
        contacts = self._read_contacts(account_id, [key for key in own_keys.values() if key.recipient_id])
        messages = {}
        for requested_key in keys:
            push = pushes.get(requested_key.source.id)
            if push is not None:
                key = own_keys[push.id]
                messages[requested_key] = MailMessage(
                    id=self._ids.of(account_id, key),
                    key=key,
                    created_at=push.created_at,
                    contact=contacts.get((key.list_id, key.recipient_id)),
                    email=None,
                    subject=push.title,
                    moments=rules.moments_of_push(push),
                    outcome=rules.OUTCOME_OF_PUSH[push.outcome],
                    failure=push.failure,
                    template_id=push.template_id or None,
                )
        return messages

    def _to_contacts(
        self, account_id: str, keys: Collection[MessageKey], engagements: Mapping[tuple[MailSource, int], Engagement]
    ) -> dict[MessageKey, MailMessage]:
        """Return the mails of campaigns and actions."""
        rows = self._delivery.outcomes_among(account_id, {(key.source, key.recipient_id) for key in keys})
        contacts = self._read_contacts(account_id, keys)
        senders = self._read_senders(account_id, keys)
        messages = {}
        for key in keys:
            row = rows.get((key.source, key.recipient_id))
            if row is not None:
                engagement = engagements.get((key.source, key.recipient_id), Engagement())
                contact = contacts.get((key.list_id, key.recipient_id))
                messages[key] = self._message(account_id, key, row, engagement, contact, senders)
        return messages

    def _message(
        self,
        account_id: str,
        key: MessageKey,
        row: LedgerRow,
        engagement: Engagement,
        contact: Contact | None,
        senders: _MessageSources,
    ) -> MailMessage:
        is_campaign = key.source.kind == SourceKind.CAMPAIGN
        campaign = senders.campaigns.get(key.source.id) if is_campaign else None
        action = None if is_campaign else senders.actions.get(key.source.id)
        sender = campaign or action
        moments = rules.moments_of_row(row, engagement)
        subject = None if sender is None else sender.subject
        return MailMessage(
            id=self._ids.of(account_id, key),
            key=key,
            created_at=moments[Metric.CREATED],
            contact=contact,
            email=None if contact is None else contact.email,
            subject=senders.subjects.get((key.source.id, row.variant), subject),
            moments=moments,
            outcome=row.outcome,
            failure=rules.failure_of(row.outcome, row.reason, engagement),
            campaign=campaign,
            action=action,
            run_id=row.run_id,
            variant=row.variant,
        )

    def _read_contacts(self, account_id: str, keys: Iterable[MessageKey]) -> dict[tuple[int, int], Contact]:
        """Return the existing contacts by list and id."""
        by_list: dict[int, set[int]] = defaultdict(set)
        for key in keys:
            by_list[key.list_id].add(key.recipient_id)
        return self._contacts_of(account_id, by_list)

    def _contacts_of(self, account_id: str, by_list: Mapping[int, Collection[int]]) -> dict[tuple[int, int], Contact]:
        return {
            (list_id, contact_id): contact
            for list_id, contact_ids in by_list.items()
            for contact_id, contact in self._contacts.many(account_id, list_id, contact_ids).items()
        }

    def _read_senders(self, account_id: str, keys: Iterable[MessageKey]) -> _MessageSources:
        ids: dict[SourceKind, set[int]] = defaultdict(set)
        for key in keys:
            ids[key.source.kind].add(key.source.id)
        campaign_ids, action_ids = ids[SourceKind.CAMPAIGN], ids[SourceKind.WORKFLOW_ACTION]
        campaigns = self._campaigns.many(account_id, campaign_ids) if campaign_ids else {}
        with_variants = [campaign for campaign in campaigns.values() if campaign.variants_id is not None]
        return _MessageSources(
            campaigns=campaigns,
            subjects={
                (campaign.id, variant.id): variant.subject
                for campaign in with_variants
                for variant in self._campaigns.variants(campaign).variants
            },
            actions=self._workflows.actions_by_id(account_id, action_ids) if action_ids else {},
        )

    # Transactional mails

    def _to_addresses(
        self, account_id: str, keys: Collection[MessageKey], engagements: Mapping[tuple[MailSource, int], Engagement]
    ) -> dict[MessageKey, MailMessage]:
        """Return transactional mails with their contacts, which are named by the order or found by their address."""
        copies = self._copies.many(account_id, {(key.source.id, key.recipient_id) for key in keys})
        contacts = self._people_of(account_id, copies.values())
        messages = {}
        for key in keys:
            copy = copies.get((key.source.id, key.recipient_id))
            engagement = engagements.get((key.source, key.recipient_id), Engagement())
            message = self._waiting(account_id, key) if copy is None else self._copy(key, copy, engagement, contacts)
            if message is not None:
                messages[key] = message
        return self._with_contacts(account_id, messages)

    def _with_contacts(
        self, account_id: str, messages: Mapping[MessageKey, MailMessage]
    ) -> dict[MessageKey, MailMessage]:
        """Add contacts of the default list, found by their addresses, to messages without a contact."""
        emails = {message.email for message in messages.values() if message.contact is None and message.email}
        if not emails:
            return dict(messages)
        contacts = self._contacts.with_addresses(account_id, self._lists.default(account_id).id, emails)
        return {
            key: message if message.contact else replace(message, contact=contacts.get(message.email or ""))
            for key, message in messages.items()
        }

    def _people_of(self, account_id: str, copies: Iterable[MailCopy]) -> dict[tuple[int, int], Contact]:
        """Return the existing contacts of copies by list and id."""
        by_list: dict[int, set[int]] = defaultdict(set)
        for copy in copies:
            if copy.contact_id:
                by_list[copy.list_id].add(copy.contact_id)
        return self._contacts_of(account_id, by_list)

    def _copy(
        self,
        key: MessageKey,
        copy: MailCopy,
        engagement: Engagement,
        contacts: Mapping[tuple[int, int], Contact],
    ) -> MailMessage:
        moments = rules.moments_of_copy(copy, engagement)
        return MailMessage(
            id=self._ids.of(copy.account_id, key),
            key=key,
            created_at=moments[Metric.CREATED],
            contact=contacts.get((copy.list_id, copy.contact_id)),
            email=copy.email,
            subject=copy.subject,
            moments=moments,
            outcome=copy.outcome,
            failure=copy.failure or rules.failure_of(copy.outcome, copy.reason, engagement),
            copy=copy,
            template_id=copy.template_id,
        )

    def _waiting(self, account_id: str, key: MessageKey) -> MailMessage | None:
        """Return a copy whose sending has not begun; None if its mail is unknown or no longer stored."""
        mail = self._copies.mail_of(account_id, key.source.id)
        addressee = None if mail is None else mail.addressee(key.recipient_id)
        if mail is None or addressee is None:
            return None
        people = {mail.list_id: [mail.contact_id]} if mail.contact_id else {}
        reached = (Metric.CREATED, Metric.DRAFTED) if mail.is_draft else (Metric.CREATED,)
        return MailMessage(
            id=self._ids.of(account_id, key),
            key=key,
            created_at=mail.created_at,
            contact=self._contacts_of(account_id, people).get((mail.list_id, mail.contact_id)),
            email=addressee.email,
            subject=mail.subject,
            moments=dict.fromkeys(reached, mail.created_at),
            template_id=mail.template_id,
        )

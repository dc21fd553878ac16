"""Export and erase a person's data across all lists of an account (GDPR, articles 15, 17 and 20).

A person is found by the claims of the address, with a few reads per list. Log and ledger have only ids of contacts: rows of
an erased person keep an id without a contact, and reports stay correct. The rows of a deleted contact are found by its
address, which is kept for links of old mails; both are erased, but not exported, and so are former addresses of contacts. A
free address with a departure is replaced by its keyed hash. Transactional mails are found by a keyed hash of the address; a
scheduled mail is not sent to an erased person, and its content expires. Texts of customers (contents, filter expressions,
files to import) are not searched. The data of programs for people of a triggered campaign expires within 200 days, uploads
within 15 days, exports within a week, and stored responses of an Idempotency-Key within a day.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from postrider.contacts.address import parse
from postrider.kit.errors import Invalid
from postrider.mail_events.source import MailSource
from postrider.privacy.model import DataSubjectExport, Erasure, Membership
from postrider.suppressions.rules import wildcards_for
from postrider.tasks.model import TaskType
from postrider.transactional.copies import MAX_ROWS_OF_PERSON, CopyService

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.consent.sign_ups import SignUpService
    from postrider.contact_events.model import ContactEvent
    from postrider.contact_events.service import ContactEventService
    from postrider.contacts.model import Contact
    from postrider.contacts.service import ContactService
    from postrider.delivery.service import DeliveryService
    from postrider.devices.service import DeviceService
    from postrider.imports.file_imports import FileImportService
    from postrider.lists.model import ContactList
    from postrider.lists.service import ListService
    from postrider.mail_events.service import EventService
    from postrider.objects.model import Relation
    from postrider.objects.relations import RelationService
    from postrider.suppressions.service import SuppressionService
    from postrider.tasks.runner import TaskRunner
    from postrider.tasks.service import TaskService

MAX_RELATIONS, MAX_EVENTS, MAX_EVENT_BYTES = 1000, 1000, 1024 * 1024
"""Maximum numbers of relations, and of newest contact events with their properties, of a contact in an export."""
EXPORTS = (
    TaskType.CONTACTS_EXPORT,
    TaskType.PEOPLE_EXPORT,
    TaskType.CAMPAIGN_LOG_EXPORT,
    TaskType.MESSAGES_EXPORT,
)


class PrivacyService:
    def __init__(
        self,
        lists: ListService,
        contacts: ContactService,
        suppressions: SuppressionService,
        events: EventService,
        sending: DeliveryService,
        imports: FileImportService,
        tasks: TaskService,
        runner: TaskRunner,
        sign_ups: SignUpService,
        copies: CopyService,
        relations: RelationService,
        contact_events: ContactEventService,
        devices: DeviceService,
    ) -> None:
        self._lists, self._contacts, self._suppressions = lists, contacts, suppressions
        self._events, self._sending = events, sending
        self._imports, self._tasks, self._runner, self._sign_ups = imports, tasks, runner, sign_ups
        self._copies, self._relations, self._contact_events = copies, relations, contact_events
        self._devices = devices

    def export(self, account_id: str, email: str) -> DataSubjectExport:
        """Return all data stored about the address. Raises Invalid for an invalid address."""
        address = _address(email)
        memberships = [
            self._membership(account_id, contact_list, contact)
            for contact_list in self._lists.all(account_id)
            if (contact := self._contacts.find_or_complete(account_id, contact_list.id, address)) is not None
        ]
        return DataSubjectExport(
            address=address,
            memberships=memberships,
            copies=list(self._copies.to_address(account_id, address, MAX_ROWS_OF_PERSON)),
            copies_log=self._copies.log_of(account_id, address),
            suppression=next(iter(self._suppressions.among(account_id, [address, *wildcards_for(address)])), None),
        )

    def erase(self, account_id: str, email: str) -> Erasure:
        """Erase the person's data, and suppress the address by its keyed hash until `lift_erasure`.

        The address is suppressed first and the contacts are deleted last, so that repeating the call completes an interrupted
        erasure. All exports of the account are deleted, since each may contain the person. Raises Invalid for an invalid
        address.
        """
        address = _address(email)
        self._suppressions.erase(account_id, address)
        list_ids = self._lists.ids(account_id)
        contacts = [
            contact
            for list_id in list_ids
            if (contact := self._contacts.find_or_complete(account_id, list_id, address)) is not None
        ]
        exports = self._runner.delete_all(account_id, EXPORTS)
        import_reports = self._imports.forget_refused(account_id)
        tasks = self._tasks.forget(account_id, {address, *(contact.email.lower() for contact in contacts)})
        log_rows = self._copies.forget(account_id, address)
        for list_id, contact_id in self._contacts.deleted_of(account_id, address):
            log_rows += self._anonymize_contact(account_id, list_id, contact_id)
        for contact in contacts:
            log_rows += self._anonymize_contact(account_id, contact.list_id, contact.id)
            self._contacts.erase(contact)
        self._contacts.deletion.forget_address(account_id, list_ids, address)
        return Erasure(
            contacts=len(contacts), log_rows=log_rows, exports=exports, import_reports=import_reports, tasks=tasks
        )

    def _anonymize_contact(self, account_id: str, list_id: int, contact_id: int) -> int:
        """Erase the events and pending sign-ups of a contact; return the number of log rows that had personal data."""
        self._sign_ups.forget(account_id, list_id, contact_id)
        return self._events.forget(account_id, list_id, contact_id)

    def lift_erasure(self, account_id: str, email: str) -> bool:
        """Lift an erasure, so that data of the person can be stored again; return whether the address stays suppressed.

        The person remains unsubscribed from the lists of the stored departures. Raises NotFound if no such person was
        erased, Invalid for an invalid address.
        """
        address = _address(email)
        self._contacts.deletion.restore_departures(account_id, self._lists.ids(account_id), address)
        return self._suppressions.lift_erasure(account_id, address)

    def _membership(self, account_id: str, contact_list: ContactList, contact: Contact) -> Membership:
        log = self._events.of_contact(account_id, contact_list.id, contact.id)
        campaign_ids = sorted({row.campaign_id for row in log if row.campaign_id is not None})
        mails = {
            campaign_id: self._sending.outcomes(account_id, MailSource.campaign(campaign_id), [contact.id])
            for campaign_id in campaign_ids
        }
        return Membership(
            list_name=contact_list.name,
            contact=contact,
            consents=self._contacts.consents.of(contact),
            sign_ups=self._sign_ups.of_contact(account_id, contact_list.id, contact.id),
            log=log,
            devices=self._devices.of(account_id, contact.id) if contact.has_records else [],
            relations=self._relations_of(contact),
            contact_events=self._events_of(contact),
            events_count=self._contact_events.count(account_id, contact.id) if contact.has_records else 0,
            mails={campaign_id: rows[contact.id] for campaign_id, rows in mails.items() if contact.id in rows},
        )

    def _relations_of(self, contact: Contact) -> list[Relation]:
        if not contact.has_records:
            return []
        return list(self._relations.of_contact(contact.account_id, contact.id, MAX_RELATIONS))

    def _events_of(self, contact: Contact) -> list[ContactEvent]:
        """Return the newest contact events, as many as fit into a response."""
        if not contact.has_records:
            return []
        events: list[ContactEvent] = []
        size = 0
        for event in islice(self._contact_events.newest(contact.account_id, contact.id), MAX_EVENTS):
            size += len(str(event.properties))
            if size > MAX_EVENT_BYTES:
                break
            events.append(event)
        return events


def _address(email: str) -> str:
    """Return the canonical address. Raises Invalid, also for a wildcard of suppressions."""
    if "*" in email:
        raise Invalid(
            "Invalid address: expected the address of one person, without wildcards.",
            code="email_invalid",
            field="email",
        )
    return parse(email).canonical

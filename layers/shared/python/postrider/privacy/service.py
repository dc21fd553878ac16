"""A person's data across all lists of an account (GDPR, articles 15, 17 and 20): one call shows it, one erases it.

A person is found by the claims of the address: a few reads for each list, however large the account. Log and ledger hold
ids of contacts only, so what stays of an erased person there is a number that leads nowhere, and reports stay true.
The address that a deleted contact leaves for the links of old mails is erased, and not shown.
What the address was written into by hand (content, expressions of segments, a file waiting to be imported) is not
searched; uploads expire within 15 days, exports within a week, answers kept for an Idempotency-Key within a day.
"""

from contextlib import suppress

from postrider.contacts.address import parse
from postrider.contacts.model import Contact
from postrider.contacts.service import ContactService
from postrider.delivery.service import DeliveryService
from postrider.events.service import EventService
from postrider.imports.files import FileImportService
from postrider.kit.errors import Invalid, NotFound
from postrider.lists.model import ContactList
from postrider.lists.service import ListService
from postrider.privacy.model import DataSubjectExport, Erasure, Membership
from postrider.suppressions.rules import wildcards_for
from postrider.suppressions.service import SuppressionService
from postrider.tasks.model import TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

EXPORTS = (TaskType.CONTACTS_EXPORT, TaskType.CAMPAIGN_LOG_EXPORT)


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
    ) -> None:
        self._lists, self._contacts, self._suppressions = lists, contacts, suppressions
        self._events, self._sending = events, sending
        self._imports, self._tasks, self._runner = imports, tasks, runner

    def dossier(self, account_id: str, email: str) -> DataSubjectExport:
        """All that is stored about the address. Raises Invalid when it is none."""
        address = _address(email)
        found = [(one, self._contacts.find(account_id, one.id, address)) for one in self._lists.all(account_id)]
        return DataSubjectExport(
            address=address,
            memberships=[self._membership(account_id, one, contact) for one, contact in found if contact is not None],
            suppression=next(iter(self._suppressions.among(account_id, [address, *wildcards_for(address)])), None),
        )

    def erase(self, account_id: str, email: str) -> Erasure:
        """Take the person out of everything, and keep the address suppressed by its keyed hash.

        Suppressed first and contacts removed last: whatever cuts this short, doing it again completes it. All exports of
        the account go, for any may hold the person. Raises Invalid when it is no address.
        """
        address = _address(email)
        self._suppressions.suppress_unnamed(account_id, address)
        found = [
            contact
            for one in self._lists.all(account_id)
            if (contact := self._contacts.settled(account_id, one.id, address)) is not None
        ]
        exports = self._runner.delete_all(account_id, EXPORTS)
        import_reports = self._imports.forget_refused(account_id)
        tasks = self._tasks.forget(account_id, {address, *(contact.email.lower() for contact in found)})
        log_rows = 0
        for contact in found:
            log_rows += self._events.forget(account_id, contact.list_id, contact.id)
            with suppress(NotFound):
                self._contacts.delete(account_id, contact.list_id, contact.id, keep_links=False)
        self._contacts.forget_deleted(account_id, address)
        return Erasure(
            contacts=len(found), log_rows=log_rows, exports=exports, import_reports=import_reports, tasks=tasks
        )

    def _membership(self, account_id: str, one: ContactList, contact: Contact) -> Membership:
        log = self._events.of_contact(account_id, one.id, contact.id)
        campaigns = sorted({row.campaign_id for row in log if row.campaign_id is not None})
        mails = {campaign: self._sending.outcomes(campaign, [contact.id]).get(contact.id) for campaign in campaigns}
        return Membership(
            list_name=one.name,
            contact=contact,
            log=log,
            mails={campaign: row for campaign, row in mails.items() if row is not None},
        )


def _address(email: str) -> str:
    """Raises Invalid, also for the wildcards of suppressions: they are no person."""
    if "*" in email:
        raise Invalid("Give the address of one person.", code="email_invalid", field="email")
    return parse(email).canonical

"""Define the export of a person's data and the result of its erasure."""

from collections.abc import Sequence
from dataclasses import dataclass

from postrider.consent.model import SignUp
from postrider.contact_events.model import ContactEvent
from postrider.contacts.model import ConsentRecord, Contact
from postrider.delivery.model import LedgerRow
from postrider.devices.model import Device
from postrider.mail_events.model import LogRow
from postrider.objects.model import Relation
from postrider.suppressions.model import Suppression
from postrider.transactional.model import MailCopy


@dataclass(frozen=True, kw_only=True)
class Membership:
    """The data of a person on one list: the contact, its consent records, its pending sign-ups, its mail events, its ledger
    rows of the campaigns in these events, its devices, its relations to objects, and the newest of its `events_count`
    contact events."""

    list_name: str
    contact: Contact
    consents: Sequence[ConsentRecord]
    sign_ups: Sequence[SignUp]
    log: Sequence[LogRow]
    mails: dict[int, LedgerRow]
    devices: Sequence[Device]
    relations: Sequence[Relation]
    contact_events: Sequence[ContactEvent]
    events_count: int


@dataclass(frozen=True, kw_only=True)
class DataSubjectExport:
    """All data that an account stores about an address."""

    address: str
    memberships: Sequence[Membership]
    copies: Sequence[MailCopy]
    """The transactional mails to the address."""
    copies_log: Sequence[LogRow]
    suppression: Suppression | None


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """The numbers of erased contacts, log rows, files of exports and refused rows, and tasks that contained the person."""

    contacts: int
    log_rows: int
    exports: int
    import_reports: int
    tasks: int

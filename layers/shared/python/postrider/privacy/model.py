"""What an account stores about one person, and what an erasure took away."""

from collections.abc import Sequence
from dataclasses import dataclass

from postrider.contacts.model import Contact
from postrider.delivery.model import Row
from postrider.events.model import LogRow
from postrider.suppressions.model import Suppression


@dataclass(frozen=True, kw_only=True)
class Membership:
    """The person on one list: the contact, its rows of the log, and its row in the ledger of each campaign in them."""

    list_name: str
    contact: Contact
    log: Sequence[LogRow]
    mails: dict[int, Row]


@dataclass(frozen=True, kw_only=True)
class DataSubjectExport:
    address: str
    memberships: Sequence[Membership]
    suppression: Suppression | None


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """How much there was: contacts (with their claims), rows of logs that told of the person, files, texts of tasks."""

    contacts: int
    log_rows: int
    exports: int
    import_reports: int
    tasks: int

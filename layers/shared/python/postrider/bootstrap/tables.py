"""List all tables of the platform, for infrastructure, tests and local runs."""

from pynamodb.models import Model

from postrider.campaigns.table import CampaignTableItem
from postrider.contacts.table import ContactsItem
from postrider.storage.accounts_table import AccountsTableItem
from postrider.storage.events_table import EventsTableItem
from postrider.storage.jobs_table import JobItem
from postrider.storage.ledger_table import LedgerItem
from postrider.storage.limits_table import LimitItem
from postrider.storage.outbox_table import OutboxTableItem
from postrider.storage.records_table import RecordsTableItem
from postrider.storage.workflows_table import WorkflowTableItem
from postrider.suppressions.table import SuppressionItem

ALL_TABLES: list[type[Model]] = [
    EventsTableItem,
    CampaignTableItem,
    ContactsItem,
    AccountsTableItem,
    JobItem,
    LedgerItem,
    LimitItem,
    OutboxTableItem,
    RecordsTableItem,
    SuppressionItem,
    WorkflowTableItem,
]

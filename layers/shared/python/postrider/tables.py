"""Every table of the platform; infrastructure, tests and local runs read this list."""

from pynamodb.models import Model

from postrider.activity.table import ActivityItem
from postrider.campaigns.table import CampaignTableItem
from postrider.contacts.table import ContactsItem
from postrider.directory import DirectoryItem
from postrider.jobs import JobItem
from postrider.rates.table import LimitItem
from postrider.sends.table import LedgerItem
from postrider.suppressions.table import SuppressionItem

ALL_TABLES: list[type[Model]] = [
    ActivityItem,
    CampaignTableItem,
    ContactsItem,
    DirectoryItem,
    JobItem,
    LedgerItem,
    LimitItem,
    SuppressionItem,
]

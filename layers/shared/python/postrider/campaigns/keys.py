"""The keys and items of campaigns and their children in the table."""

from dataclasses import asdict
from datetime import datetime

from postrider.campaigns.model import Campaign
from postrider.campaigns.rules import UNFINISHED
from postrider.campaigns.table import CampaignItem
from postrider.storage.accounts_table import padded

PREFIX, CHILD_PREFIX, COUNT_PREFIX = "campaign#", "child#", "child_count#"
BEFORE_CHILDREN = "child"
"""A prefix that sorts after campaigns, whose keys in the index of starts begin with digits, and before children."""
NAME_KEY_CHARS = 200
"""An index key has at most 1,024 bytes (2,048 for a partition key); longer names sort by their beginning."""


def sort_key(campaign_id: int, *, is_child: bool = False) -> str:
    return (CHILD_PREFIX if is_child else PREFIX) + padded(campaign_id)


def id_of(sort_key: str) -> int:
    """Return the id of the campaign with this sort key."""
    return int(sort_key.rpartition("#")[2])


def _moment_key(moment: datetime | None, campaign_id: int) -> str:
    return f"{padded(0 if moment is None else int(moment.timestamp()))}#{padded(campaign_id)}"


def _index_keys(campaign: Campaign) -> dict[str, str | None]:
    """Return the keys of the indexes. Children are not listed; in the index of starts they have keys of their own."""
    if campaign.is_child:
        return {
            "scheduled_for_key": CHILD_PREFIX + _moment_key(campaign.scheduled_for, campaign.id),
            "unfinished": "yes" if campaign.status in UNFINISHED else None,
        }
    return {
        "name_key": f"{campaign.name.casefold()[:NAME_KEY_CHARS]}#{padded(campaign.id)}",
        "updated_key": _moment_key(campaign.updated_at, campaign.id),
        "scheduled_for_key": _moment_key(campaign.scheduled_for, campaign.id),
        "scheduled_at_key": _moment_key(campaign.scheduled_at, campaign.id),
        "unfinished": "yes" if campaign.status in UNFINISHED else None,
    }


def item_of(campaign: Campaign) -> CampaignItem:
    values = asdict(campaign) | _index_keys(campaign)
    account_id = values.pop("account_id")
    return CampaignItem(account_id, sort_key(campaign.id, is_child=campaign.is_child), **values)


def children_prefix(parent_id: int) -> str:
    """Return the prefix of the keys of the children of a triggered campaign."""
    return f"children#{padded(parent_id)}#"


def count_key(parent_id: int) -> str:
    return COUNT_PREFIX + padded(parent_id)

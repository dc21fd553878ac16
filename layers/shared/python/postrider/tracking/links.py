"""Stores the links of a campaign as it was sent, apart from its content, which may change or be deleted."""

from collections.abc import Mapping

from pynamodb.attributes import UnicodeAttribute

from postrider.events.table import EventsTableItem
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import in_chunks

_BATCH = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""


class LinkItem(EventsTableItem, discriminator="link"):
    """pk `links#<account>#<campaign>`, sk the padded number. Links do not expire: mails are clicked years later."""

    target = UnicodeAttribute()


def _key(account_id: str, campaign_id: int) -> str:
    return f"links#{account_id}#{campaign_id}"


class LinkTable:
    def save(self, account_id: str, campaign_id: int, targets: Mapping[int, str]) -> None:
        """Store the targets by link number, as they were written, when a campaign starts.

        A target with merge tags is no address yet: the token of each recipient holds the merged one.
        """
        key = _key(account_id, campaign_id)
        for chunk in in_chunks(sorted(targets.items()), _BATCH):
            with LinkItem.batch_write() as batch:
                for number, target in chunk:
                    batch.save(LinkItem(key, padded(number), target=target))

    def target(self, account_id: str, campaign_id: int, link_id: int) -> str | None:
        """Return the link as it was written; None if the campaign has no such link."""
        try:
            return LinkItem.get(_key(account_id, campaign_id), padded(link_id)).target
        except LinkItem.DoesNotExist:
            return None

    def all(self, account_id: str, campaign_id: int) -> dict[int, str]:
        """Return every link of the campaign by number."""
        items = LinkItem.query(_key(account_id, campaign_id))
        return {int(item.sk): item.target for item in items if isinstance(item, LinkItem)}

"""The links of a campaign as it was sent: where a click leads to, kept apart from the content that may be gone."""

from collections.abc import Mapping

from pynamodb.attributes import UnicodeAttribute

from postrider.events.table import EventsTableItem
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import in_chunks

_BATCH = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""


class LinkItem(EventsTableItem, discriminator="link"):
    """pk `links#<account>#<campaign>`, sk the padded number; they do not expire: a mail is clicked years later."""

    target = UnicodeAttribute()


def _key(account_id: str, campaign_id: int) -> str:
    return f"links#{account_id}#{campaign_id}"


class LinkTable:
    def save(self, account_id: str, campaign_id: int, targets: Mapping[int, str]) -> None:
        """Keep the targets by link number, as they were written, when a campaign starts; again is the same.

        One with merge tags leads nowhere by itself: the token of each recipient holds what came of it.
        """
        key = _key(account_id, campaign_id)
        for chunk in in_chunks(sorted(targets.items()), _BATCH):
            with LinkItem.batch_write() as batch:
                for number, target in chunk:
                    batch.save(LinkItem(key, padded(number), target=target))

    def target(self, account_id: str, campaign_id: int, link_id: int) -> str | None:
        """The link as it was written, or None when the campaign has no such link."""
        try:
            return LinkItem.get(_key(account_id, campaign_id), padded(link_id)).target
        except LinkItem.DoesNotExist:
            return None

    def all(self, account_id: str, campaign_id: int) -> dict[int, str]:
        """Every link of the campaign by number."""
        found = LinkItem.query(_key(account_id, campaign_id))
        return {int(item.sk): item.target for item in found if isinstance(item, LinkItem)}

"""Store the links of a sent mail source, separately from its content, which may change or be deleted."""

from collections.abc import Mapping

from pynamodb.attributes import UnicodeAttribute

from postrider.kit.chunks import in_chunks
from postrider.mail_events.source import MailSource
from postrider.storage.accounts_table import padded
from postrider.storage.events_table import EventsTableItem

_BATCH = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""


class LinkItem(EventsTableItem, discriminator="link"):
    """pk `links#<account>#<source>`, sk the padded number. Links do not expire: mails are clicked years later."""

    target = UnicodeAttribute()


def _key(account_id: str, source: MailSource) -> str:
    return f"links#{account_id}#{source.whole}"


class LinkTable:
    def save(self, account_id: str, source: MailSource, targets: Mapping[int, str]) -> None:
        """Store the targets by link number, as their author wrote them, before the first mail is sent.

        The merged form of a target with merge tags is in the token of each recipient.
        """
        key = _key(account_id, source)
        for chunk in in_chunks(sorted(targets.items()), _BATCH):
            with LinkItem.batch_write() as batch:
                for number, target in chunk:
                    batch.save(LinkItem(key, padded(number), target=target))

    def target(self, account_id: str, source: MailSource, link_id: int) -> str | None:
        """Return the link as its author wrote it; None for an unknown link."""
        try:
            return LinkItem.get(_key(account_id, source), padded(link_id)).target
        except LinkItem.DoesNotExist:
            return None

    def all(self, account_id: str, source: MailSource) -> dict[int, str]:
        """Return every link of the source by number."""
        items = LinkItem.query(_key(account_id, source))
        return {int(item.sk): item.target for item in items if isinstance(item, LinkItem)}

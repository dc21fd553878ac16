"""Store the children of triggered campaigns with their numbers."""

from collections.abc import Iterator

from postrider.campaigns.keys import CHILD_PREFIX, COUNT_PREFIX, children_prefix, count_key, id_of, item_of, sort_key
from postrider.campaigns.model import Campaign
from postrider.campaigns.repository import CampaignRepository, unknown
from postrider.campaigns.table import CampaignItem, CampaignTableItem, NumberedChildItem, SendCountItem
from postrider.kit.chunks import in_chunks
from postrider.kit.errors import NotFound
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import BATCH_GET_KEYS, batch_get, entity, on_condition_failure, transaction


class ChildRepository:
    def __init__(self, campaigns: CampaignRepository) -> None:
        self._campaigns = campaigns

    def allocate_number(self, parent: Campaign) -> int:
        """Allocate the next number of a child, from 1; from then on the parent cannot be deleted. Raises NotFound."""
        item = SendCountItem(parent.account_id, count_key(parent.id))
        with on_condition_failure(unknown()):
            item.update([SendCountItem.last_number.add(1)], condition=SendCountItem.account_id.exists())
        return int(item.last_number)

    def add_child(self, child: Campaign) -> None:
        """Store a new child with its number."""
        assert child.parent_id is not None  # of every child
        assert child.number is not None
        with transaction() as writes:
            writes.save(item_of(child))
            key = children_prefix(child.parent_id) + padded(child.number)
            writes.save(NumberedChildItem(child.account_id, key, campaign_id=child.id))

    def child(self, account_id: str, parent_id: int, number: int) -> Campaign:
        """Return the child with this number. Raises NotFound."""
        try:
            item = NumberedChildItem.get(account_id, children_prefix(parent_id) + padded(number), consistent_read=True)
        except NumberedChildItem.DoesNotExist as exc:
            raise NotFound(
                "Unknown number: the campaign has no such sending.", code="send_not_found", field="number"
            ) from exc
        return self._campaigns.get(account_id, int(item.campaign_id))

    def children(self, account_id: str, parent_id: int, *, before: int | None = None) -> Iterator[Campaign]:
        """Yield the children of a campaign with a smaller number, the latest first; 100 are read per call."""
        start = children_prefix(parent_id)
        keys = (
            NumberedChildItem.sk.startswith(start)
            if before is None
            else NumberedChildItem.sk.between(start, start + padded(before - 1))
        )
        sends = NumberedChildItem.query(account_id, keys, scan_index_forward=False, consistent_read=True)
        for chunk in in_chunks(sends, BATCH_GET_KEYS):
            names = [(account_id, sort_key(int(item.campaign_id), is_child=True)) for item in chunk]
            by_id = {int(item.id): entity(Campaign, item) for item in batch_get(CampaignItem, names)}
            yield from (by_id[int(item.campaign_id)] for item in chunk)

    def triggered(self, account_id: str) -> Iterator[Campaign]:
        """Yield the triggered campaigns in order of id; 100 are read per call."""
        counts = SendCountItem.query(account_id, SendCountItem.sk.startswith(COUNT_PREFIX), consistent_read=True)
        for chunk in in_chunks(counts, BATCH_GET_KEYS):
            names = [(account_id, sort_key(id_of(item.sk))) for item in chunk]
            yield from sorted((entity(Campaign, item) for item in batch_get(CampaignItem, names)), key=lambda c: c.id)

    def started_of_list(self, account_id: str, list_id: int) -> Iterator[Campaign]:
        """Yield the children that were sent to contacts of a list, the latest first."""
        items = CampaignTableItem.by_scheduled_for.query(
            account_id,
            CampaignTableItem.scheduled_for_key.startswith(CHILD_PREFIX),
            filter_condition=CampaignItem.list_id == list_id,
            scan_index_forward=False,
            consistent_read=True,
        )
        return (entity(Campaign, item) for item in items)

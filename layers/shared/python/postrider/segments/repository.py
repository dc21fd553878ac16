"""Store segments in the accounts table."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from postrider.kit.errors import NotFound
from postrider.outbox.model import DomainEventType, NewEvent, snapshot
from postrider.outbox.writes import NO_RECORDER, EventRecorder
from postrider.segments.model import Segment
from postrider.segments.table import SegmentItem
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import batch_get, entity, on_condition_failure


def _unknown() -> NotFound:
    return NotFound("Unknown segment.", code="segment_not_found", field="segment_id")


def _prefix(list_id: int) -> str:
    return f"segment#{padded(list_id)}#"


_SHOWN = ("id", "list_id", "name", "language", "expression", "campaigns_count", "last_used_at", "created_at")


def _event(event_type: DomainEventType, segment: Segment) -> NewEvent:
    return NewEvent(type=event_type, data=snapshot(segment, *_SHOWN), list_id=segment.list_id)


class SegmentRepository:
    def __init__(self, outbox: EventRecorder = NO_RECORDER) -> None:
        self._outbox = outbox

    def get(self, account_id: str, list_id: int, segment_id: int) -> Segment:
        """Return the segment. Raises NotFound."""
        item = item_or_none(SegmentItem, account_key(account_id), _prefix(list_id) + padded(segment_id))
        if item is None:
            raise _unknown()
        return entity(Segment, item)

    def many(self, account_id: str, list_id: int, segment_ids: Collection[int]) -> list[Segment]:
        """Return the existing segments of a list among these, with one call for 100."""
        keys = [(account_key(account_id), _prefix(list_id) + padded(segment_id)) for segment_id in segment_ids]
        return [entity(Segment, item) for item in batch_get(SegmentItem, keys)] if keys else []

    def all(self, account_id: str, list_id: int) -> list[Segment]:
        """Return the segments of a list in order of id."""
        return [entity(Segment, item) for item in items_of(SegmentItem, account_id, _prefix(list_id))]

    def everywhere(self, account_id: str) -> list[Segment]:
        """Return the segments of all lists, including lists that are being deleted."""
        return [entity(Segment, item) for item in items_of(SegmentItem, account_id, "segment#")]

    def save(self, segment: Segment, *, new: bool) -> None:
        """Store the segment. Raises NotFound if an existing segment was deleted meanwhile."""
        item = SegmentItem(
            account_key(segment.account_id), _prefix(segment.list_id) + padded(segment.id), **asdict(segment)
        )
        event_type = DomainEventType.SEGMENT_CREATED if new else DomainEventType.SEGMENT_UPDATED
        events = self._outbox.pending(segment.account_id, _event(event_type, segment))
        with on_condition_failure(_unknown()):
            events.save(item, SegmentItem.pk.does_not_exist() if new else SegmentItem.pk.exists())

    def delete(self, segment: Segment) -> None:
        """Delete the segment. Raises NotFound."""
        item = SegmentItem(account_key(segment.account_id), _prefix(segment.list_id) + padded(segment.id))
        events = self._outbox.pending(segment.account_id, _event(DomainEventType.SEGMENT_DELETED, segment))
        with on_condition_failure(_unknown()):
            events.delete(item, SegmentItem.pk.exists())

    def count_use(self, account_id: str, list_id: int, segment_id: int, moment: datetime) -> None:
        """Count a campaign that is sent to the segment. Raises NotFound."""
        item = SegmentItem(account_key(account_id), _prefix(list_id) + padded(segment_id))
        with on_condition_failure(_unknown()):
            item.update(
                actions=[SegmentItem.campaigns_count.add(1), SegmentItem.last_used_at.set(moment)],
                condition=SegmentItem.pk.exists(),
            )

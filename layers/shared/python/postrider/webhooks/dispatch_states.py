"""Store the state of sending to webhooks: waiting callbacks, and the lease of a worker.

A new callback increments the signal of its webhook. If the signal has changed when a worker releases its lease, the worker
continues, so that no new callback is missed.
"""

import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.update import Action

from postrider.kit.ids import random_id
from postrider.storage.dynamo import was_made
from postrider.webhooks.model import DispatchState
from postrider.webhooks.table import DispatchStateItem

SHARDS = 8
LEASE_FOR = timedelta(seconds=75)
"""Duration of a lease: longer than a run of the worker."""
_STATE = ("window_start", "window_count", "failures", "failing_since", "retry_at")


class DispatchStateRepository:
    def signal(self, account_id: str, webhook_id: str, now: datetime) -> None:
        """Store that the webhook has new callbacks."""
        actions: list[Action] = [
            DispatchStateItem.signal.add(1),
            DispatchStateItem.due_at.set(DispatchStateItem.due_at | now),
            DispatchStateItem.account_id.set(account_id),
            DispatchStateItem.webhook_id.set(webhook_id),
            DispatchStateItem.kind.set(DispatchStateItem),
        ]
        _key(account_id, webhook_id).update(actions=actions)

    def lease(self, account_id: str, webhook_id: str, now: datetime) -> DispatchState | None:
        """Acquire the lease of the webhook; return None if another worker has it, or no callback waits."""
        item, lease_id = _key(account_id, webhook_id), random_id()
        actions: list[Action] = [
            DispatchStateItem.lease_id.set(lease_id),
            DispatchStateItem.lease_until.set(now + LEASE_FOR),
        ]
        free = DispatchStateItem.lease_until.does_not_exist() | (DispatchStateItem.lease_until < now)
        if not was_made(lambda: item.update(actions=actions, condition=DispatchStateItem.due_at.exists() & free)):
            return None
        return DispatchState(
            lease_id=lease_id,
            signal=int(item.signal),
            due_at=item.due_at,
            window_start=int(item.window_start or 0),
            window_count=int(item.window_count or 0),
            failures=int(item.failures or 0),
            failing_since=item.failing_since,
            retry_at=item.retry_at,
        )

    def release(self, account_id: str, webhook_id: str, state: DispatchState, due_at: datetime | None) -> int | None:
        """Store the state and release the lease; the webhook is due at `due_at`, None if no callback waits.

        If the signal has changed meanwhile, keep the lease and return the new signal.
        """
        item = _key(account_id, webhook_id)
        values: dict[str, Any] = {name: getattr(state, name) for name in _STATE} | {"due_at": due_at}
        actions: list[Action] = [
            getattr(DispatchStateItem, name).set(value) for name, value in values.items() if value is not None
        ]
        actions += [getattr(DispatchStateItem, name).remove() for name, value in values.items() if value is None]
        actions += [DispatchStateItem.lease_id.remove(), DispatchStateItem.lease_until.remove()]
        own = DispatchStateItem.lease_id == state.lease_id
        if was_made(lambda: item.update(actions=actions, condition=own & (DispatchStateItem.signal == state.signal))):
            return None
        item.refresh(consistent_read=True)
        return int(item.signal) if item.lease_id == state.lease_id else None

    def delete(self, account_id: str, webhook_id: str) -> None:
        """Delete the state of a webhook that no longer sends."""
        _key(account_id, webhook_id).delete()

    def overdue(self, now: datetime) -> Iterator[tuple[str, str]]:
        """Yield account and id of webhooks that are overdue and have no lease."""
        is_due = DispatchStateItem.due_at < now
        is_free = DispatchStateItem.lease_until.does_not_exist() | (DispatchStateItem.lease_until < now)
        for shard in range(SHARDS):
            for item in DispatchStateItem.query(_partition(shard), filter_condition=is_due & is_free):
                yield item.account_id, item.webhook_id


def _key(account_id: str, webhook_id: str) -> DispatchStateItem:
    name = f"{account_id}#{webhook_id}"
    return DispatchStateItem(_partition(zlib.crc32(name.encode()) % SHARDS), name)


def _partition(shard: int) -> str:
    return f"dispatch_state#{shard}"

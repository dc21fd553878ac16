"""Store push messages; each change of an outcome is one conditional write."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from postrider.pushes.model import Push, PushOutcome
from postrider.pushes.rules import KEPT, LEASE
from postrider.pushes.table import PushItem
from postrider.storage.dynamo import batch_get, entity, was_made

_SORT_KEY = "push"


class PushRepository:
    def save(self, push: Push) -> None:
        values: dict[str, Any] = asdict(push)
        PushItem(_key(push.account_id, push.id), _SORT_KEY, expires_at=push.due_at + KEPT, **values).save()

    def many(self, account_id: str, push_ids: Collection[int]) -> dict[int, Push]:
        """Return the known messages with these ids, with one call for 100."""
        keys = [(_key(account_id, push_id), _SORT_KEY) for push_id in push_ids]
        items = (item for item in batch_get(PushItem, keys) if isinstance(item, PushItem))
        return {push.id: push for push in map(_push, items)}

    def claim(self, push: Push, now: datetime) -> Push | None:
        """Claim the message for an attempt; return it, or None if it is decided or claimed."""
        item, until = _item(push), now + LEASE
        is_free = (PushItem.outcome == PushOutcome.WAITING.value) | (
            (PushItem.outcome == PushOutcome.CLAIMED.value) & (PushItem.claim_until <= now)
        )
        actions: list[Action] = [
            PushItem.outcome.set(PushOutcome.CLAIMED.value),
            PushItem.claim_until.set(until),
            PushItem.attempts.set(PushItem.attempts + 1),
        ]
        if not was_made(lambda: item.update(actions=actions, condition=is_free)):
            return None
        return replace(push, outcome=PushOutcome.CLAIMED, claim_until=until, attempts=push.attempts + 1)

    def add_reported(self, push: Push, event_type: str, at: int) -> Push:
        """Store the moment of a reported event unless its type was reported before; return the stored message."""
        reported = {event_type: at, **push.reported}
        actions: list[Action] = [PushItem.reported.set(reported)]
        was_made(lambda: _item(push).update(actions=actions, condition=PushItem.pk.exists()))
        return replace(push, reported=reported)

    def release(self, push: Push, failure: str) -> None:
        """Release a claim, so that the message can be retried."""
        actions: list[Action] = [PushItem.outcome.set(PushOutcome.WAITING.value), PushItem.failure.set(failure)]
        was_made(lambda: _item(push).update(actions=actions, condition=PushItem.claim_until == push.claim_until))

    def decide(self, push: Push, outcome: PushOutcome, *, failure: str | None, now: datetime) -> None:
        """Set the final outcome, and delete the content if it is not to be kept."""
        actions: list[Action] = [
            PushItem.outcome.set(outcome.value),
            PushItem.decided_at.set(now),
            PushItem.failure.remove() if failure is None else PushItem.failure.set(failure),
        ]
        if not push.is_content_kept:
            actions += [PushItem.payloads.set({}), PushItem.title.set("")]
        was_made(lambda: _item(push).update(actions=actions, condition=PushItem.decided_at.does_not_exist()))


def _key(account_id: str, push_id: int) -> str:
    return f"push#{account_id}#{push_id}"


def _item(push: Push) -> PushItem:
    return PushItem(_key(push.account_id, push.id), _SORT_KEY)


def _push(item: PushItem) -> Push:
    push = entity(Push, item)
    numbers = {name: int(getattr(item, name)) for name in ("id", "list_id", "contact_id", "template_id", "attempts")}
    return replace(push, outcome=PushOutcome(item.outcome), **numbers)  # type: ignore[arg-type]

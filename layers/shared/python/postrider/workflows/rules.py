"""Rules of workflows: the tree of actions, delays, and locks (main-api.md, section 12)."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from postrider.kit.errors import FieldPath, Invalid
from postrider.workflows.model import Action, ActionCondition, Workflow

MAX_WORKFLOWS: Final = 500
"""Maximum number of workflows of an account; a listing reads all of them with one query."""
MAX_ACTIONS: Final = 90
"""Maximum number of actions of a workflow: all of them and the workflow fit into one transaction."""
MAX_DELAY: Final = timedelta(days=365)
LOCK_LIFE: Final = timedelta(seconds=300)

_OF_OPENS: Final = frozenset({ActionCondition.OPENED, ActionCondition.NOT_OPENED})
_OF_CLICKS: Final = frozenset({ActionCondition.CLICKED, ActionCondition.NOT_CLICKED})


def check_tree(actions: Sequence[Action]) -> None:
    """Check that the actions of a workflow form one tree. Raises Invalid, naming the field of the action at fault."""
    if len(actions) > MAX_ACTIONS:
        raise Invalid(f"A workflow has at most {MAX_ACTIONS} actions.", code="too_many_actions")
    by_id = {action.id: action for action in actions}
    for action in actions:
        if action.parent_id is not None and action.parent_id not in by_id:
            raise unknown_parent()
    roots = [action for action in actions if action.parent_id is None]
    if len(roots) > 1:
        first = min(roots, key=lambda action: action.id)
        reason = f"The workflow has a first action already; name the action that this one follows, e.g. {first.id}."
        raise Invalid(reason, code="second_first_action", field="parent_id")
    if len(below(actions, None)) < len(actions):
        reason = "An action cannot follow itself, nor an action that follows it."
        raise Invalid(reason, code="action_cycle", field="parent_id")
    if roots and roots[0].condition is not ActionCondition.NONE:
        reason = "The first action follows no mail: set its condition to none."
        raise Invalid(reason, code="condition_without_parent", field="condition")


def unknown_parent() -> Invalid:
    return Invalid(
        "Unknown action: the parent must be an action of the workflow.", code="parent_not_found", field="parent_id"
    )


def children_of(actions: Iterable[Action], parent_id: int | None) -> list[Action]:
    """Return the actions that follow this one directly; the first action for None."""
    return [action for action in actions if action.parent_id == parent_id]


def below(actions: Sequence[Action], parent_id: int | None) -> list[Action]:
    """Return all direct and indirect followers of this action, each before its own followers."""
    reached = children_of(actions, parent_id)
    for action in reached:  # grows during the iteration
        reached += children_of(actions, action.id)
    return reached


def check_delay(delay_s: int) -> None:
    """Check a delay. Raises Invalid if it is negative or longer than MAX_DELAY."""
    if not 0 <= delay_s <= MAX_DELAY.total_seconds():
        reason = (
            f"The delay must be from 0 to {int(MAX_DELAY.total_seconds())} seconds, which are {MAX_DELAY.days} days."
        )
        raise Invalid(reason, code="delay_out_of_range", field="delay")


def can_be_observed(condition: ActionCondition, parent: Action) -> bool:
    """Return whether the tracking of the parent's mail can decide the condition."""
    tracking = parent.tracking
    if condition in _OF_OPENS:
        return parent.has_html and bool(tracking.get("opens", True) or tracking.get("clicks_html", True))
    if condition in _OF_CLICKS:
        return bool((parent.has_html and tracking.get("clicks_html", True)) or tracking.get("clicks_text", True))
    return True


def lock_hash(key: str) -> str:
    """Return the hash of the key of a lock, which is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_locked(workflow: Workflow, now: datetime) -> bool:
    return workflow.locked_until is not None and now < workflow.locked_until


def check_key(workflow: Workflow, key: str | None, now: datetime, *, field: FieldPath = "lock_key") -> None:
    """Check the key of a locked workflow; without a lock, any key is accepted. Raises Invalid."""
    if workflow.locked_until is None or not is_locked(workflow, now):
        return
    if key is None or not hmac.compare_digest(lock_hash(key), workflow.lock_key_hash or ""):
        seconds = int((workflow.locked_until - now).total_seconds()) + 1
        how = "" if key is None else " with another key"
        raise Invalid(
            f"The workflow is locked{how} for up to {seconds} seconds; pass its key, or try again later.",
            code="workflow_locked",
            field=field,
        )


def check_inactive(workflow: Workflow) -> None:
    """Check that the workflow can be changed. Raises Invalid while it is active."""
    if workflow.is_active:
        raise Invalid(
            "An active workflow cannot be changed; deactivate it first.", code="workflow_active", field="workflow_id"
        )

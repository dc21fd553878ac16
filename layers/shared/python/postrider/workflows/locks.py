"""Locks of workflows: while an editor holds one, others cannot change the workflow or its actions."""

from dataclasses import replace

from postrider.kit.clock import Clock
from postrider.workflows import rules
from postrider.workflows.model import Workflow
from postrider.workflows.repository import WorkflowRepository


class WorkflowLocks:
    def __init__(self, workflows: WorkflowRepository, now: Clock) -> None:
        self._workflows, self._now = workflows, now

    def lock(self, account_id: str, workflow_id: int, key: str) -> int:
        """Lock the workflow, or extend a lock with the same key; return the seconds until it expires.

        Raises NotFound, or Invalid while it is locked with another key.
        """
        before, now = self._workflows.get(account_id, workflow_id), self._now()
        rules.check_key(before, key, now, field="key")
        locked_until = now + rules.LOCK_LIFE
        self._workflows.change(before, replace(before, lock_key_hash=rules.lock_hash(key), locked_until=locked_until))
        return int(rules.LOCK_LIFE.total_seconds())

    def unlock(self, account_id: str, workflow_id: int, key: str) -> None:
        """Remove the lock, if it exists. Raises NotFound, or Invalid while it is locked with another key."""
        before = self._workflows.get(account_id, workflow_id)
        rules.check_key(before, key, self._now(), field="key")
        if before.lock_key_hash is not None:
            self._workflows.change(before, replace(before, lock_key_hash=None, locked_until=None))

    def readable(self, account_id: str, workflow_id: int, key: str | None) -> Workflow:
        """Return the workflow for a reader. Raises NotFound, or Invalid for a wrong key of the lock."""
        workflow = self._workflows.get(account_id, workflow_id)
        if key is not None:
            rules.check_key(workflow, key, self._now())
        return workflow

    def writable(self, account_id: str, workflow_id: int, key: str | None) -> Workflow:
        """Return the workflow for a caller that changes its state. Raises NotFound, or Invalid without the key of a lock."""
        workflow = self._workflows.get(account_id, workflow_id)
        rules.check_key(workflow, key, self._now())
        return workflow

    def editable(self, account_id: str, workflow_id: int, key: str | None) -> Workflow:
        """Return the workflow for a caller that edits it. Raises the errors of `writable`, and Invalid while it is active."""
        workflow = self.writable(account_id, workflow_id, key)
        rules.check_inactive(workflow)
        return workflow

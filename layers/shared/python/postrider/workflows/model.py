"""A workflow, and the actions of its tree."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from postrider.content.model import StoredContent
from postrider.mail_events.source import MailSource
from postrider.mails.model import MailSettings


class WorkflowStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class Trigger(StrEnum):
    """The event by which a contact enters; MANUAL: a call adds the contacts."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    MANUAL = "manual"


class ActionCondition(StrEnum):
    """A condition on the mail of the parent; NONE: only that it was sent."""

    OPENED = "opened"
    NOT_OPENED = "not_opened"
    CLICKED = "clicked"
    NOT_CLICKED = "not_clicked"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A workflow. `activation` counts the activations, 0 before the first.

    `version` grows with each change of the workflow, of its lock and of its actions. While `locked_until` has not passed,
    changes need the key with the hash `lock_hash`.
    """

    id: int
    account_id: str
    list_id: int
    trigger: Trigger
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    description: str | None = None
    goal: str | None = None
    segment_id: int | None = None
    status: WorkflowStatus = WorkflowStatus.INACTIVE
    activation: int = 0
    activated_at: datetime | None = None
    lock_key_hash: str | None = None
    locked_until: datetime | None = None
    version: int = 1

    @property
    def is_active(self) -> bool:
        return self.status == WorkflowStatus.ACTIVE


@dataclass(frozen=True, kw_only=True)
class Action(StoredContent):
    """A mail of a workflow. Its id is unique on the platform; the first action of a tree has no parent.

    `delay_s` counts from the trigger, or from the mail of the parent. `revision` is the number of the latest content, 0
    before the first.
    """

    id: int
    account_id: str
    workflow_id: int
    name: str
    condition: ActionCondition
    delay_s: int
    created_at: datetime
    updated_at: datetime
    parent_id: int | None = None
    tracking: dict[str, Any] = field(default_factory=dict)
    sender_id: str | None = None
    sender_name: str | None = None
    revision: int = 0
    content_updated_at: datetime | None = None

    @property
    def source(self) -> MailSource:
        return MailSource.action(self.id)

    def mail(self, list_id: int) -> MailSettings:
        """Return the settings of its mails to the list of its workflow."""
        return MailSettings(
            account_id=self.account_id,
            source=self.source,
            list_id=list_id,
            sender_id=self.sender_id,
            sender_name=self.sender_name,
            tracking=self.tracking,
        )

"""Define a push message, as it is ordered and as it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from postrider.contacts.identifiers import Identifier
from postrider.devices.model import Device
from postrider.events.source import MailSource, SourceKind

ALL_DEVICES, LAST_DEVICE = "all", "last_used"
"""The words for devices of a person, instead of the token of one."""


@dataclass(frozen=True, kw_only=True)
class PushOrder:
    """The order of a program.

    `template` is the id or the trigger name of a template: its subject is the title and its text the message, below own
    ones. `target` is ALL_DEVICES, LAST_DEVICE or the token of a device. `device` is added to the person before.
    `payloads` by platform replace all other content. `data` is that of the variables `trigger` and `message_data`.
    """

    person: Identifier
    template: int | str
    target: str = ALL_DEVICES
    title: str | None = None
    message: str | None = None
    link: str | None = None
    image_url: str | None = None
    sound: str | None = "default"
    custom_data: Mapping[str, Any] = field(default_factory=dict)
    payloads: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    device: Device | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    send_at: datetime | None = None
    is_draft: bool = False
    is_content_kept: bool = True
    to_unsubscribed: bool = False


class PushOutcome(StrEnum):
    """WAITING until the message is sent; CLAIMED while a worker sends it."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


FINAL = frozenset({PushOutcome.SENT, PushOutcome.FAILED, PushOutcome.SKIPPED})


@dataclass(frozen=True, kw_only=True)
class Push:
    """A message with its outcome. `payloads` has what each platform shows; it is empty once it is not kept any more.

    `failure` says why it was not sent, or not to all devices. `reported` has the first moment (Unix seconds) of each type of
    event that was reported about it.
    """

    account_id: str
    id: int
    list_id: int
    contact_id: int
    template_id: int
    title: str
    target: str
    payloads: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    outcome: PushOutcome = PushOutcome.WAITING
    failure: str | None = None
    decided_at: datetime | None = None
    claim_until: datetime | None = None
    attempts: int = 0
    is_draft: bool = False
    is_content_kept: bool = True
    reported: Mapping[str, int] = field(default_factory=dict)

    @property
    def source(self) -> MailSource:
        return MailSource(SourceKind.PUSH, self.id)

"""Define the request of a push message, and the stored push message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from postrider.contacts.identifiers import Identifier
from postrider.devices.model import Device
from postrider.mail_events.source import MailSource, SourceKind

ALL_DEVICES, LAST_DEVICE = "all", "last_used"
"""The words for devices of a person, which can be given instead of a token."""


@dataclass(frozen=True, kw_only=True)
class PushRequest:
    """The request of a program.

    `template` is the id or the trigger name of a template: its subject is the title, and its text the message, unless the
    request has its own. `target` is ALL_DEVICES, LAST_DEVICE or the token of a device. `device` is first added to the person.
    `payloads` by platform replace all other content. `data` is the value of the variables `trigger` and `message_data`.
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
    """The outcome of a push message: WAITING until it is sent, CLAIMED while a worker sends it."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


FINAL = frozenset({PushOutcome.SENT, PushOutcome.FAILED, PushOutcome.SKIPPED})


@dataclass(frozen=True, kw_only=True)
class Push:
    """A push message with its outcome. `payloads` has the content by platform; it is empty if it is not to be kept.

    `failure` is the reason why it was not sent, or not to all devices. `reported` has the first moment (Unix seconds) of each
    type of reported events.
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

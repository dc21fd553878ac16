"""Define a message: the mail of a source to one recipient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from postrider.mail_events.source import MailSource, SourceKind
from postrider.templates.model import NO_TEMPLATE

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.campaigns.model import Campaign
    from postrider.contacts.model import Contact
    from postrider.content.compiled import Rendered
    from postrider.delivery.model import Outcome
    from postrider.transactional.model import MailCopy, Role
    from postrider.workflows.model import Action


class Metric(StrEnum):
    """A state that a message has reached, in the usual order. Only opens and clicks of people count.

    A message is SUPPRESSED if it was skipped because its address is suppressed, and SKIPPED for any other reason.
    """

    CREATED = "created"
    DRAFTED = "drafted"
    ATTEMPTED = "attempted"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    CONVERTED = "converted"
    BOUNCED = "bounced"
    SKIPPED = "skipped"
    SUPPRESSED = "suppressed"
    DELAYED = "delayed"
    FAILED = "failed"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


class MessageKind(StrEnum):
    EMAIL = "email"
    PUSH = "push"


@dataclass(frozen=True, slots=True, order=True)
class MessageKey:
    """The source of a message with the entry, its list (0: transactional), and its recipient: a contact or a copy."""

    source: MailSource
    list_id: int
    recipient_id: int

    @property
    def is_push(self) -> bool:
        return self.source.kind == SourceKind.PUSH

    @property
    def is_transactional(self) -> bool:
        return self.source.kind == SourceKind.TRANSACTIONAL


@dataclass(frozen=True, kw_only=True)
class MailMessage:
    """A mail to one person. It is derived from rows of the ledger and of the log, so `id` is a signed token.

    `contact` is None if the person is not a contact (any longer), `email` is None if the address is no longer known.
    `moments` has the metrics of the message, each with its first moment. `outcome` is None before the message is claimed.
    `failure` is the reason why it was not sent, or bounced. `campaign` or `action` is its source, unless it is deleted.
    `run_id` is the run of delivery, `variant` the variant of the campaign's content (0 without variants), and
    `template_id` the template of a transactional mail.
    """

    id: str
    key: MessageKey
    created_at: datetime
    contact: Contact | None
    email: str | None
    subject: str | None
    moments: Mapping[Metric, datetime] = field(default_factory=dict)
    outcome: Outcome | None = None
    failure: str | None = None
    campaign: Campaign | None = None
    action: Action | None = None
    copy: MailCopy | None = None
    run_id: str | None = None
    variant: int = 0
    template_id: int | None = None

    @property
    def changed_at(self) -> datetime:
        """Return the moment of the last metric."""
        return max(self.moments.values(), default=self.created_at)

    @property
    def transactional_id(self) -> int | None:
        """Return the number of the template of a transactional message, or NO_TEMPLATE; None for other messages."""
        return self.template_id or NO_TEMPLATE if self.key.is_transactional or self.key.is_push else None

    @property
    def workflow_id(self) -> int | None:
        return None if self.action is None else self.action.workflow_id

    @property
    def action_id(self) -> int | None:
        return None if self.action is None else self.action.id

    @property
    def broadcast_id(self) -> int | None:
        """Return the id of the triggered campaign if the source is one of its children."""
        return None if self.campaign is None else self.campaign.parent_id

    @property
    def newsletter_id(self) -> int | None:
        """Return the id of the campaign, unless it is a child of a triggered campaign."""
        return None if self.campaign is None or self.campaign.parent_id is not None else self.campaign.id

    @property
    def content_id(self) -> int | None:
        """Return the id of the content of a campaign: the id of the variant, or of a campaign without variants."""
        return None if self.campaign is None else self.variant or self.campaign.id


@dataclass(frozen=True, kw_only=True)
class ArchivedMessage:
    """The content of a message. `rendered` is None if the content is no longer stored, or recipient or sender are deleted.

    `is_original` is true for a stored copy. Otherwise the message is rendered again from the content of its run, with the
    current values of the contact.
    """

    message: MailMessage
    is_original: bool
    rendered: Rendered | None = None
    sender_name: str | None = None
    sender_email: str | None = None
    reply_to_email: str | None = None
    others: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class MessageQuery:
    """Conditions on messages, which must all be true. Without `sources`: messages of the default list, and transactional ones.

    The bounds of the creation are inclusive. `is_draft` selects mails that wait to be released, `template_id` transactional
    mails of a template (NO_TEMPLATE: without one), `content_id` mails with a content.
    """

    sources: tuple[MailSource, ...] | None = None
    metric: Metric | None = None
    kind: MessageKind | None = None
    template_id: int | None = None
    content_id: int | None = None
    is_draft: bool = False
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MessagePage:
    """A page of messages, the newest first; a page with a next page may be short or empty."""

    items: list[MailMessage]
    next_cursor: str | None

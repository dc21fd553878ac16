"""A campaign and the revisions of its content."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postrider.content.model import StoredContent
from postrider.delivery.sources import DELIVERING
from postrider.mail_events.source import MailSource
from postrider.mails.model import MailSettings


@dataclass(frozen=True, kw_only=True)
class Campaign(StoredContent):
    """A campaign. `revision` is the number of the latest content, 0 without a content.

    `run_id` is the id of the run, once it has begun.

    `variants_id` is the stored set of variants, and `variant_ids` has their ids, the campaign's own content first; None
    without variants. `variant_sender_ids` are senders of variants that differ from the campaign's sender.

    `pause_reason` is the reason why the platform suspended the campaign, such as a late start.

    A `triggered` campaign is never sent itself: each sending of it is a child, with `parent_id` and a `number` that counts up
    per parent. A child has `recipients` when people were named, a `refusal` when it was not sent, with `problems` lines of it;
    `audience_id` names its stored audience, if it is not that of the settings, and `audience_segment_ids` are segments that
    the filter of it names.
    """

    id: int
    account_id: str
    name: str
    status: str
    created_at: datetime
    updated_at: datetime
    type: str = "standard"
    suspended: bool = False
    pause_reason: str | None = None
    list_id: int | None = None
    segment_id: int | None = None
    tracking: dict[str, Any] = field(default_factory=dict)
    sender_id: str | None = None
    sender_name: str | None = None
    reply_to_email: str | None = None
    revision: int = 0
    content_updated_at: datetime | None = None
    variants_id: str | None = None
    variant_ids: list[int] | None = None
    variant_sender_ids: set[str] | None = None
    scheduled_for: datetime | None = None
    scheduled_at: datetime | None = None
    delivery_finished_at: datetime | None = None
    former_status: str | None = None
    run_id: str | None = None
    triggered: bool = False
    parent_id: int | None = None
    number: int | None = None
    audience_id: str | None = None
    audience_segment_ids: list[int] | None = None
    recipients: int | None = None
    refusal: str | None = None
    problems: int = 0
    version: int = 1

    @property
    def source(self) -> MailSource:
        return MailSource.campaign(self.id)

    @property
    def is_child(self) -> bool:
        return self.parent_id is not None

    def delivers(self, run_id: str) -> bool:
        """Return whether the campaign is delivering this run; it may be suspended."""
        return self.status == DELIVERING and self.run_id == run_id

    @property
    def mail(self) -> MailSettings:
        """Return the settings of its mails."""
        return MailSettings(
            account_id=self.account_id,
            source=self.source,
            list_id=self.list_id,
            sender_id=self.sender_id,
            sender_name=self.sender_name,
            reply_to_email=self.reply_to_email,
            tracking=self.tracking,
            snippets_as_of=self.scheduled_for,
        )


@dataclass(frozen=True, kw_only=True)
class Revision:
    number: int
    made_at: datetime

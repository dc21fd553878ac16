"""Define what a mail has beside its content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postrider.events.source import MailSource


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """The source, list, sender and tracking of a mail. Drafts may lack a list or a sender.

    `tracking` has `opens`, `clicks_html` and `clicks_text` (true when left out) and `additional_params`. Snippets have the
    values of the moment `snippets_as_of`, and their present ones without it, so that all mails of a start are alike.
    `variant` is the id of the variant of a campaign's content, and `link_numbers` has the number of each link among those of
    all variants, by its number in this one; None if they are equal.
    """

    account_id: str
    source: MailSource
    list_id: int | None = None
    sender_id: str | None = None
    sender_name: str | None = None
    reply_to_email: str | None = None
    tracking: dict[str, Any] = field(default_factory=dict)
    snippets_as_of: datetime | None = None
    variant: int = 0
    link_numbers: Mapping[int, int] | None = None

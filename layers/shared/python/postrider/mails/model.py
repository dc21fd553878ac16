"""Define the settings of a mail: everything beside its content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postrider.mail_events.source import MailSource


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """The source, list, sender and tracking of a mail. Drafts may lack a list or a sender.

    `tracking` has `opens`, `clicks_html` and `clicks_text` (true by default) and `additional_params`. Snippets have their
    values at the moment `snippets_as_of`, so that all mails of a run are alike; without it, their current values.
    `variant` is the id of the variant of a campaign's content. `link_numbers` maps the number of a link in this variant to
    its number in all variants; None if they are equal.
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

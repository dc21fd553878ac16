"""Build the services of the log of mail events, and of the targets of links."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.deployment import clock, cursors, outbox, root

if TYPE_CHECKING:
    from postrider.mail_events.service import EventService
    from postrider.tracking.links import LinkTable
    from postrider.tracking.tokens import Tokens


@cache
def events() -> EventService:
    from postrider.mail_events.repository import LogRepository
    from postrider.mail_events.service import EventService
    from postrider.storage.page_markers import PageMarkers

    return EventService(LogRepository(), cursors(), PageMarkers(clock()), outbox())


@cache
def link_table() -> LinkTable:
    from postrider.tracking.links import LinkTable

    return LinkTable()


@cache
def mail_tokens() -> Tokens:
    from postrider.tracking.tokens import Tokens

    return Tokens(root())

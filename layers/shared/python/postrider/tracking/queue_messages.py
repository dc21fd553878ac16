"""Messages of the tracking endpoints: one for each request, with the data for the log."""

from dataclasses import dataclass

import orjson

from postrider.mail_events.model import Event, EventType
from postrider.mail_events.source import MailSource
from postrider.tracking.machines import is_machine, reading_device_of

QUEUE = "record-engagement"

_MAY_BE_MACHINES = frozenset({EventType.OPENED, EventType.CLICKED, EventType.VIEWED, EventType.FORWARDED})


@dataclass(frozen=True, kw_only=True)
class TrackedEvent:
    """An act of a recipient. `event_id` is the id of the request, so that a repeated message counts once.

    It is a dataclass because the tracking endpoints, which enqueue it, import no pydantic.
    """

    event_id: str
    type: EventType
    account_id: str
    list_id: int
    source: MailSource
    contact_id: int
    at_ms: int
    link_id: int | None = None
    url: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    is_head: bool = False
    variant: int = 0

    def model_dump_json(self) -> str:
        return orjson.dumps(self).decode()

    def to_event(self) -> Event:
        is_bot = self.type in _MAY_BE_MACHINES and is_machine(self.user_agent, self.ip, is_head=self.is_head)
        reader = reading_device_of(None if is_bot else self.user_agent)
        return Event(
            event_id=self.event_id,
            type=self.type,
            account_id=self.account_id,
            list_id=self.list_id,
            source=self.source,
            contact_id=self.contact_id,
            at_ms=self.at_ms,
            is_bot=is_bot,
            link_id=self.link_id,
            url=self.url,
            ip=self.ip,
            user_agent=self.user_agent,
            device=reader.device,
            client=reader.client,
            variant=self.variant,
        )

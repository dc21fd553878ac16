"""What the tracking endpoints enqueue: one message for each hit, with all that the log keeps of it."""

from dataclasses import dataclass
from typing import Literal

import orjson

from postrider.events.model import Event, LogType
from postrider.tracking.machines import is_machine

QUEUE = "track-events"
HitKind = Literal["open", "clickthru", "view", "unsubscribe", "global_unsubscribe", "forward"]


@dataclass(frozen=True, kw_only=True)
class TrackedEvent:
    """A recipient did something with a mail. `event_id` is the request's: the same message twice is one hit.

    It is a dataclass since the tracking endpoints, which enqueue it, import no pydantic.
    """

    event_id: str
    kind: HitKind
    account_id: str
    list_id: int
    campaign_id: int
    contact_id: int
    at_ms: int
    link_id: int | None = None
    url: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    is_head: bool = False

    def model_dump_json(self) -> str:
        return orjson.dumps(self).decode()

    def event(self) -> Event:
        kind = LogType(self.kind)
        watched = kind in (LogType.OPEN, LogType.CLICKTHRU, LogType.FORWARD)
        return Event(
            event_id=self.event_id,
            type=kind,
            account_id=self.account_id,
            list_id=self.list_id,
            campaign_id=self.campaign_id,
            contact_id=self.contact_id,
            at_ms=self.at_ms,
            is_bot=watched and is_machine(self.user_agent, self.ip, is_head=self.is_head),
            link_id=self.link_id,
            url=self.url,
            ip=self.ip,
            user_agent=self.user_agent,
        )

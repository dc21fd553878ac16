"""Check the tokens of pixels and links, and enqueue an event for each use, without writing to a table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cachetools import LRUCache

from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.mail_events.engagement import MAX_CLICKS
from postrider.mail_events.model import EventType
from postrider.mail_events.source import SourceKind
from postrider.ports.queue import Queue
from postrider.tracking.queue_messages import QUEUE, TrackedEvent
from postrider.tracking.tokens import MailToken, TokenPurpose, Tokens

if TYPE_CHECKING:  # the tracking endpoints import the SDK at its first use
    from postrider.tracking.links import LinkTable

MAX_EVENTS_PER_TOKEN = 2 * MAX_CLICKS
"""Maximum number of events that a process enqueues for a token: more than the log stores of a recipient."""
TOKENS_REMEMBERED = 10_000
_AGENT_CHARS = 512


@dataclass(frozen=True, kw_only=True)
class TrackingRequest:
    """The parts of an HTTP request for the log. `request_id` is the id of the gateway."""

    request_id: str
    method: str
    ip: str | None = None
    user_agent: str | None = None


class TrackingService:
    def __init__(self, tokens: Tokens, links: "LinkTable", queue: Queue, now: Clock) -> None:
        self._tokens, self._links, self._queue, self._now = tokens, links, queue, now
        self._enqueued: LRUCache[str, int] = LRUCache(TOKENS_REMEMBERED)

    def record_open(self, text: str, request: TrackingRequest) -> None:
        """Record that the pixel was fetched. Raises NotFound for an invalid token of a pixel."""
        self._enqueue(self._tokens.read(TokenPurpose.OPEN, text), EventType.OPENED, text, request)

    def record_click(self, text: str, request: TrackingRequest) -> str:
        """Record a click and return its target, which comes from the token or the stored link only. Raises NotFound."""
        token = self._tokens.read(TokenPurpose.CLICK, text)
        stored = self._written_target(token)
        target = token.target or stored
        if target is None or not is_web_address(target):
            raise NotFound("The link has no target.", code="link_not_found")
        # The log gets the link as its author wrote it: merged values, such as an address, are only in the token.
        self._enqueue(token, EventType.CLICKED, text, request, link_id=token.link_id or None, url=stored)
        return target

    def record_view(self, text: str, request: TrackingRequest) -> MailToken:
        """Record that the mail is viewed in a browser; return its token. Raises NotFound."""
        token = self._tokens.read(TokenPurpose.VIEW, text)
        if request.method != "HEAD":
            self._enqueue(token, EventType.VIEWED, text, request)
        return token

    def _written_target(self, token: MailToken) -> str | None:
        """Return the link as its author wrote it, without merged values."""
        if token.source is None:
            return None
        if (
            token.source.kind == SourceKind.TRANSACTIONAL
        ):  # its links contain their targets; a merged target has no number
            return token.target if token.link_id else None
        return self._links.target(token.account_id, token.source, token.link_id)

    def record_forward(self, text: str, request: TrackingRequest) -> MailToken:
        """Record that the mail is forwarded; return its token. Raises NotFound."""
        token = self._tokens.read(TokenPurpose.FORWARD, text)
        self._enqueue(token, EventType.FORWARDED, text, request)
        return token

    def read_token(self, purpose: TokenPurpose, text: str) -> MailToken:
        """Return the token without recording anything. Raises NotFound."""
        return self._tokens.read(purpose, text)

    def make_public_view_token(self, token: MailToken) -> str:
        """Return a token for viewing the same mail without any contact's data."""
        return self._tokens.make(
            TokenPurpose.VIEW,
            MailToken(account_id=token.account_id, source=token.source, list_id=token.list_id, variant=token.variant),
        )

    def record(self, token: MailToken, event_type: EventType, text: str, request: TrackingRequest) -> None:
        """Record the event of a link that another service handles; `text` is the token of the request."""
        self._enqueue(token, event_type, text, request)

    def _enqueue(
        self,
        token: MailToken,
        event_type: EventType,
        text: str,
        request: TrackingRequest,
        *,
        link_id: int | None = None,
        url: str | None = None,
    ) -> None:
        if token.source is None or not token.contact_id or not self._count(text):
            return
        message = TrackedEvent(
            event_id=f"{event_type}#{request.request_id}",
            type=event_type,
            account_id=token.account_id,
            list_id=token.list_id,
            source=token.source,
            contact_id=token.contact_id,
            at_ms=int(self._now().timestamp() * 1000),
            link_id=link_id,
            url=url,
            ip=request.ip,
            user_agent=(request.user_agent or "")[:_AGENT_CHARS] or None,
            is_head=request.method == "HEAD",
            variant=token.variant,
        )
        try:
            self._queue.send(QUEUE, [message], group=token.account_id)
        except Exception:
            # Redirections and unsubscriptions succeed even if they cannot be logged.
            logger.exception("tracking event was not enqueued", type=event_type, source=str(token.source))
            emit_alarm(AlarmMetric.TRACKING_EVENTS_LOST)

    def _count(self, text: str) -> bool:
        """Count an event of this token; return False if the maximum is reached."""
        events = self._enqueued.get(text, 0) + 1
        self._enqueued[text] = events
        return events <= MAX_EVENTS_PER_TOKEN


def is_web_address(text: str) -> bool:
    """Return whether a browser may be redirected there: an absolute http(s) URL that cannot break a header."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_plain = all(char > " " and char not in "\x7f\\" for char in text)
    return is_plain and parts.scheme in ("http", "https") and bool(parts.hostname)

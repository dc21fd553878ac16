"""Checks the tokens of pixels and links, and enqueues an event for each use; nothing here writes to a table."""

from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urlsplit

from postrider.events.engagement import MAX_CLICKS
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.ports.queue import Queue
from postrider.tracking.links import LinkTable
from postrider.tracking.messages import QUEUE, HitKind, TrackedEvent
from postrider.tracking.tokens import MailToken, Purpose, Tokens

HITS_PASSED_ON = 2 * MAX_CLICKS
"""Of one token by one process: more than the log keeps of a recipient, so nothing is lost by dropping the rest."""
TOKENS_REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True)
class TrackingRequest:
    """A request as far as the log is concerned; `request_id` is the gateway's."""

    request_id: str
    method: str
    ip: str | None = None
    user_agent: str | None = None


class TrackingService:
    def __init__(self, tokens: Tokens, links: LinkTable, queue: Queue, now: Clock) -> None:
        self._tokens, self._links, self._queue, self._now = tokens, links, queue, now
        self._passed_on: OrderedDict[str, int] = OrderedDict()

    def opened(self, text: str, hit: TrackingRequest) -> None:
        """Raises NotFound for a token that was not made for this."""
        self._enqueue(self._tokens.read(Purpose.OPEN, text), "open", text, hit)

    def clicked(self, text: str, hit: TrackingRequest) -> str:
        """Where the click leads: only to what the token itself, or the campaign it names, holds. Raises NotFound."""
        token = self._tokens.read(Purpose.CLICK, text)
        stored = self._links.target(token.account_id, token.campaign_id, token.link_id)
        target = token.target or stored
        if target is None or not is_web_address(target):
            raise NotFound("There is nothing behind this link.", code="link_not_found")
        # The link as it was written: what was merged into it, e.g. an address, is in the token alone.
        self._enqueue(token, "clickthru", text, hit, link_id=token.link_id or None, url=stored)
        return target

    def viewed(self, text: str, hit: TrackingRequest) -> MailToken:
        """Whose mail is to be shown. Raises NotFound."""
        token = self._tokens.read(Purpose.VIEW, text)
        if hit.method != "HEAD":  # nobody sees the mail
            self._enqueue(token, "view", text, hit)
        return token

    def forwarded(self, text: str, hit: TrackingRequest) -> MailToken:
        """Whose mail is to be passed on. Raises NotFound."""
        token = self._tokens.read(Purpose.FORWARD, text)
        self._enqueue(token, "forward", text, hit)
        return token

    def read(self, purpose: Purpose, text: str) -> MailToken:
        """Raises NotFound."""
        return self._tokens.read(purpose, text)

    def public_view(self, token: MailToken) -> str:
        """A token for the same mail as nobody in particular gets it."""
        return self._tokens.make(
            Purpose.VIEW,
            MailToken(account_id=token.account_id, campaign_id=token.campaign_id, list_id=token.list_id),
        )

    def record(self, token: MailToken, kind: HitKind, text: str, hit: TrackingRequest) -> None:
        """Enqueue the event of a link that somebody else acts on; `text` is the token as it came."""
        self._enqueue(token, kind, text, hit)

    def _enqueue(
        self,
        token: MailToken,
        kind: HitKind,
        text: str,
        hit: TrackingRequest,
        *,
        link_id: int | None = None,
        url: str | None = None,
    ) -> None:
        if not (token.campaign_id and token.contact_id) or not self._has_room(text):
            return
        message = TrackedEvent(
            event_id=f"{kind}#{hit.request_id}",
            kind=kind,
            account_id=token.account_id,
            list_id=token.list_id,
            campaign_id=token.campaign_id,
            contact_id=token.contact_id,
            at_ms=int(self._now().timestamp() * 1000),
            link_id=link_id,
            url=url,
            ip=hit.ip,
            user_agent=(hit.user_agent or "")[:512] or None,
            is_head=hit.method == "HEAD",
        )
        try:
            self._queue.send(QUEUE, [message], group=token.account_id)
        except Exception:
            # A link leads on and an unsubscription holds, whether or not it can be counted.
            logger.exception("a hit was not enqueued", kind=kind, campaign_id=token.campaign_id)
            emit_alarm(AlarmMetric.TRACKING_EVENTS_LOST)

    def _has_room(self, text: str) -> bool:
        hits = self._passed_on.pop(text, 0) + 1
        self._passed_on[text] = hits
        if len(self._passed_on) > TOKENS_REMEMBERED:
            self._passed_on.popitem(last=False)
        return hits <= HITS_PASSED_ON


def is_web_address(text: str) -> bool:
    """Whether a browser may be sent there: an absolute http(s) URL without anything that ends or bends a header."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = all(char > " " and char not in "\x7f\\" for char in text)
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)

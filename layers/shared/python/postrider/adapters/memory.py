"""Implement the ports in memory, for tests."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from postrider.adapters.s3 import SignedForm
from postrider.kit.clock import Clock
from postrider.ports.dns import DnsUnanswered, RecordType
from postrider.ports.mailer import (
    MailerPaused,
    MailerQuotaReached,
    MailerRefused,
    MailerThrottled,
    MailerUnknown,
    OutgoingMail,
    SendingLimits,
)
from postrider.ports.object_store import SIGNED_URL_LIFE_S, ObjectMissing


class MemoryObjectStore:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> None:
        self.objects[key] = body

    def get(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError as exc:
            raise ObjectMissing(key) from exc

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return self.get(key)[start:end]

    def size(self, key: str) -> int:
        return len(self.get(key))

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def write(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> None:
        self.objects[key] = b"".join(chunks)

    def join(self, key: str, header: bytes, parts: Sequence[str], *, content_type: str) -> None:
        self.objects[key] = header + b"".join(self.get(part) for part in parts)

    def signed_download(self, key: str, filename: str, life_s: int = SIGNED_URL_LIFE_S) -> str:
        return f"https://objects.example.com/{key}?life={life_s}"

    def signed_upload(self, key: str, content_type: str, max_bytes: int, life_s: int = SIGNED_URL_LIFE_S) -> SignedForm:
        return SignedForm("https://objects.example.com/", {"key": key, "Content-Type": content_type})


class MemoryQueue:
    """A queue that stores messages until a test drains them."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[tuple[str, BaseModel]]] = defaultdict(list)

    def send(self, queue: str, messages: Sequence[BaseModel], *, group: str, delay_s: int = 0) -> None:
        self.waiting[queue] += [(group, message) for message in messages]

    def drain(self, queue: str, handle: Callable[[Any], None]) -> int:
        """Handle all messages, including those that handlers enqueue, until the queue is empty. Return their number."""
        handled = 0
        while self.waiting[queue]:
            _, message = self.waiting[queue].pop(0)
            handle(message)
            handled += 1
        return handled


class MemoryDns:
    """A resolver that answers from `records`: values by (name, type). Names in `silent` get no answer."""

    def __init__(self, records: dict[tuple[str, RecordType], tuple[str, ...]] | None = None) -> None:
        self.records = records or {}
        self.silent: set[str] = set()

    def look_up(self, name: str, kind: RecordType) -> tuple[str, ...]:
        if name in self.silent:
            raise DnsUnanswered(name)
        return self.records.get((name, kind), ())


class MemoryMailer:
    """A mailer that stores accepted mails, and enforces rate, quota and pauses as SES does.

    It refuses addresses in `refused`. For addresses in `lost` the answer is always lost; the mail is accepted if the
    value is True. `over_rate` counts mails refused for the rate; `told_rate` is an outdated rate that `limits` returns.
    Without production access it refuses addresses that are neither in `verified` nor in a domain of `verified`.
    """

    def __init__(self, now: Clock, *, rate: float = 1000, per_day: int | None = None) -> None:
        self._now = now
        self.rate, self.per_day, self.paused = rate, per_day, False
        self.accepted: list[tuple[datetime, OutgoingMail, str]] = []
        self.refused: set[str] = set()
        self.lost: dict[str, bool] = {}
        self.over_rate = 0
        self.told_rate: float | None = None
        self.has_production_access = True
        self.verified: set[str] = set()
        self._second: deque[datetime] = deque()
        self._day_began = now()
        self._today = 0

    def send(self, mail: OutgoingMail) -> str:
        now = self._now()
        if self.paused:
            raise MailerPaused("Email sending is disabled for this account.")
        if mail.to in self.refused:
            raise MailerRefused("Address is not allowed.", code="MessageRejected")
        if not self.has_production_access and not {mail.to, mail.to.rpartition("@")[2]} & self.verified:
            raise MailerRefused("Email address is not verified.", code="MessageRejected")
        self._begin_day()
        if self.per_day is not None and self._today >= self.per_day:
            raise MailerQuotaReached("Daily message quota exceeded.", reset_at=self._day_began + timedelta(days=1))
        while self._second and now - self._second[0] >= timedelta(seconds=1):
            self._second.popleft()
        if len(self._second) + 1 > self.rate:
            self.over_rate += 1
            raise MailerThrottled("Maximum sending rate exceeded.")
        if self.lost.get(mail.to) is False:
            raise MailerUnknown("The answer was lost.")
        self._second.append(now)
        self._today += 1
        message_id = f"{len(self.accepted):016d}"
        self.accepted.append((now, mail, message_id))
        if mail.to in self.lost:
            raise MailerUnknown("The answer was lost.")
        return message_id

    def _begin_day(self) -> None:
        if self._now() - self._day_began >= timedelta(days=1):
            self._day_began, self._today = self._now(), 0

    def limits(self) -> SendingLimits:
        self._begin_day()
        return SendingLimits(
            max_per_second=self.told_rate or self.rate,
            max_per_day=self.per_day,
            sent_last_day=self._today,
            enabled=not self.paused,
            has_production_access=self.has_production_access,
        )

    def verified_identities(self) -> Collection[str]:
        return self.verified

    def copies(self) -> Counter[str]:
        """Return the number of accepted mails by address."""
        return Counter(mail.to for _, mail, _ in self.accepted)

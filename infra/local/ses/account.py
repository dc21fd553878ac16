"""The account's sending limits: a rate per second, a quota per day, and a switch. All are counted in recipients."""

import threading
import time
from collections.abc import Callable
from typing import Any

from infra.local.ses.errors import quota_exceeded, rate_exceeded, sending_paused

DAY_S = 24 * 60 * 60


class SendingAccount:
    """Admit recipients. The bucket holds one second's worth, which is the short burst that SES allows."""

    def __init__(
        self,
        *,
        max_send_rate: float = 500,
        daily_quota: int = 1_000_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._paused = False
        self.configure(max_send_rate=max_send_rate, daily_quota=daily_quota)
        self._day_started, self._sent_today = monotonic(), 0

    def configure(
        self, *, max_send_rate: float | None = None, daily_quota: int | None = None, paused: bool | None = None
    ) -> None:
        with self._lock:
            if max_send_rate is not None:
                self._rate, self._tokens, self._refilled = max_send_rate, max_send_rate, self._monotonic()
            if daily_quota is not None:
                self._daily_quota = daily_quota
            if paused is not None:
                self._paused = paused

    def admit(self, recipients: int) -> None:
        """Count the recipients of one message. Raises SesError, and counts nothing, when they may not be sent now."""
        with self._lock:
            now = self._monotonic()
            if self._paused:
                raise sending_paused()
            if now - self._day_started >= DAY_S:
                self._day_started, self._sent_today = now, 0
            if self._sent_today + recipients > self._daily_quota:
                raise quota_exceeded()
            self._tokens = min(max(self._rate, 1), self._tokens + (now - self._refilled) * self._rate)
            self._refilled = now
            # A message may have more recipients than the bucket holds; it then has to be full, and goes into debt.
            if self._tokens < min(recipients, self._rate):
                raise rate_exceeded()
            self._tokens -= recipients
            self._sent_today += recipients

    def as_settings(self) -> dict[str, Any]:
        return {"max_send_rate": self._rate, "daily_quota": self._daily_quota, "paused": self._paused}

    def as_get_account(self) -> dict[str, Any]:
        """Return the answer of GetAccount."""
        return {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": True,
            "SendQuota": {
                "Max24HourSend": float(self._daily_quota),
                "MaxSendRate": float(self._rate),
                "SentLast24Hours": float(self._sent_today),
            },
            "SendingEnabled": not self._paused,
            "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        }

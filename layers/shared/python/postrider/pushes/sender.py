"""Send push messages, at least once, to each target device of the person."""

from dataclasses import replace

from postrider.devices.service import DeviceService
from postrider.kit.clock import Clock
from postrider.kit.observability import logger
from postrider.ports.pusher import Pusher, PusherBusy, PusherError, PushServiceMissing
from postrider.ports.queue import Queue
from postrider.pushes import rules
from postrider.pushes.log import PushLog
from postrider.pushes.model import FINAL, Push, PushOutcome
from postrider.pushes.queue_messages import QUEUE, SendPush
from postrider.pushes.repository import PushRepository
from postrider.transactional.rules import NEAR_S


class PushSender:
    def __init__(
        self, pushes: PushRepository, devices: DeviceService, pusher: Pusher, log: PushLog, queue: Queue, now: Clock
    ) -> None:
        self._log = log
        self._pushes, self._devices, self._pusher, self._queue, self._now = pushes, devices, pusher, queue, now

    def send(self, message: SendPush) -> None:
        """Send a message unless it is decided; return it to the queue if it is early, or another worker sends it."""
        push, now = self._pushes.many(message.account_id, [message.push_id]).get(message.push_id), self._now()
        if push is None or push.is_draft:
            return
        if push.outcome in FINAL:
            self._log.record_outcome(push)
            return
        early_s = (push.due_at - now).total_seconds()
        if early_s >= 1:
            self._put_back(message, early_s)
            return
        claimed = self._pushes.claim(push, now)
        if claimed is None:
            self._put_back(message, rules.LEASE.total_seconds())
        else:
            self._send_claimed(message, claimed)

    def _send_claimed(self, message: SendPush, push: Push) -> None:
        devices = rules.targets(self._devices.of(push.account_id, push.contact_id), push.target)
        failures: list[PusherError] = []
        for device in devices:
            try:
                payload = push.payloads.get(device.platform.lower())
                if payload is None:
                    raise PushServiceMissing("no push service is configured")
                self._pusher.push(device.platform, device.token, payload)
            except PusherError as exc:
                logger.info("a device did not get a push message", push_id=push.id, reason=str(exc))
                failures.append(exc)
        failure = str(failures[0]) if failures else None if devices else rules.NO_DEVICE
        is_sent = len(failures) < len(devices)
        is_busy = any(isinstance(exc, PusherBusy) for exc in failures)
        if not is_sent and is_busy and push.attempts < rules.MAX_ATTEMPTS:
            self._pushes.release(push, failure or "")
            self._put_back(message, rules.RETRY_S)
            return
        outcome = PushOutcome.SENT if is_sent else PushOutcome.FAILED
        now = self._now()
        self._pushes.decide(push, outcome, failure=failure, now=now)
        self._log.record_outcome(replace(push, outcome=outcome, failure=failure, decided_at=now))

    def _put_back(self, message: SendPush, wait_s: float) -> None:
        self._queue.send(QUEUE, [message], group=message.account_id, delay_s=min(int(wait_s), NEAR_S))

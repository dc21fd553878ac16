"""Send the callbacks of a webhook: in order or concurrently, within its rate limit, and again after failures.

One worker at a time sends for a webhook, under a lease. It never waits: it releases the lease with the moment at which the
webhook is due again, and enqueues a delayed message. The sweeper enqueues webhooks whose message was lost, or that are due
later than the longest delay of a queue.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from postrider.kit.chunks import in_chunks
from postrider.kit.clock import Clock, from_unix, unix
from postrider.kit.errors import NotFound
from postrider.ports.caller import CallResult, WebCaller
from postrider.ports.queue import Queue
from postrider.webhooks import rules
from postrider.webhooks.callbacks import CallbackAttempt, CallbackRepository
from postrider.webhooks.dispatch_states import DispatchStateRepository
from postrider.webhooks.formats import FORMATS
from postrider.webhooks.intake import CALL_QUEUE
from postrider.webhooks.model import (
    Callback,
    CallbackRequest,
    Delivery,
    DeliveryStatus,
    DisabledReason,
    DispatchState,
    EventPayload,
    PayloadReader,
    Webhook,
    WebhookStatus,
)
from postrider.webhooks.notices import EndNotices
from postrider.webhooks.queue_messages import CallWebhook
from postrider.webhooks.repository import WebhookRepository
from postrider.webhooks.signing import secrets_of

SIDE_BY_SIDE = 8
"""Maximum number of concurrent calls to one receiver, if the webhook is not ordered."""
READ_AT_ONCE = 40
LONGEST_DELAY_S = 900
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
USER_AGENT = "Postrider-Webhooks"


@dataclass(frozen=True, kw_only=True)
class DispatchRun:
    """A run of the worker for a webhook, with the state of its sending. `due_at` is set when the run ends."""

    webhook: Webhook
    state: DispatchState
    is_over: bool = False
    due_at: datetime | None = None


class CallbackDispatcher:
    def __init__(
        self,
        webhooks: WebhookRepository,
        callbacks: CallbackRepository,
        states: DispatchStateRepository,
        payloads: Mapping[str, Callable[[], PayloadReader]],
        caller: WebCaller,
        notices: EndNotices,
        queue: Queue,
        root: bytes,
        now: Clock,
        *,
        threads: int = SIDE_BY_SIDE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Initialize the dispatcher. `payloads` has a factory by format."""
        self._webhooks, self._callbacks, self._states, self._payloads = webhooks, callbacks, states, payloads
        self._caller, self._notices, self._queue, self._root, self._now = caller, notices, queue, root, now
        self._threads, self._jitter = threads, jitter

    def dispatch(self, message: CallWebhook, time_s: float) -> None:
        """Send the due callbacks of a webhook for at most `time_s`; return at once if another worker has the lease."""
        deadline = time.monotonic() + time_s
        try:
            webhook = self._webhooks.get(message.account_id, message.webhook_id)
        except NotFound:
            return
        if webhook.status != WebhookStatus.ACTIVE:
            self._end(webhook)
            return
        state = self._states.lease(webhook.account_id, webhook.id, self._now())
        while state is not None:
            try:
                run = self._send_due(DispatchRun(webhook=webhook, state=state), deadline)
            except Exception:  # the queue delivers the message again, which must find the lease free
                self._states.release(webhook.account_id, webhook.id, state, state.due_at)
                raise
            state = self._release(run)

    def _release(self, run: DispatchRun) -> DispatchState | None:
        """Release the lease; if new callbacks were stored meanwhile, return the state to continue with."""
        webhook, due_at = run.webhook, run.due_at
        if webhook.status != WebhookStatus.ACTIVE:
            self._end(webhook)
            return None
        signal = self._states.release(webhook.account_id, webhook.id, run.state, due_at)
        if signal is not None:
            return replace(run.state, signal=signal)
        if due_at is not None:
            self._enqueue(webhook, due_at, run.state)
        return None

    def _enqueue(self, webhook: Webhook, due_at: datetime, state: DispatchState) -> None:
        """Enqueue a message for the moment at which the webhook is due again.

        If the webhook was due at this moment before, its message is in the queue already: another message per call would
        multiply the messages.
        """
        now = self._now()
        delay_s = max(0, ceil((due_at - now).total_seconds()))
        is_enqueued = delay_s > 0 and state.due_at is not None and unix(state.due_at) == unix(due_at)
        if delay_s <= LONGEST_DELAY_S and not is_enqueued:
            message = CallWebhook(account_id=webhook.account_id, webhook_id=webhook.id)
            self._queue.send(CALL_QUEUE, [message], group=webhook.account_id, delay_s=delay_s)

    def _end(self, webhook: Webhook) -> None:
        """Delete the state of sending to an archived webhook, and mail its owner if the platform archived it."""
        self._states.delete(webhook.account_id, webhook.id)
        if webhook.is_notice_due:
            self._notices.send(webhook)
            self._webhooks.clear_notice(webhook)

    def _send_due(self, run: DispatchRun, deadline: float) -> DispatchRun:
        """Send until no callback is due, the rate limit is reached, the webhook pauses or ends, or the time is over."""
        webhook = run.webhook
        while not run.is_over:
            now, state = self._now(), run.state
            if state.retry_at is not None and state.retry_at > now:
                return replace(run, due_at=state.retry_at)
            calls_left = rules.remaining_calls(webhook, state, now)
            if not calls_left:
                return replace(run, due_at=rules.window_end(webhook, now))
            due = self._callbacks.due(webhook.account_id, webhook.id, now, min(calls_left, READ_AT_ONCE))
            if not due:
                return replace(run, due_at=self._callbacks.next_due(webhook.account_id, webhook.id))
            run = self._send(run, due, deadline)
        return run

    def _send(self, run: DispatchRun, due: Sequence[Callback], deadline: float) -> DispatchRun:
        webhook = run.webhook
        secrets = secrets_of(self._root, webhook, self._now())
        due, payloads = self._with_subjects(webhook, due)
        for group in in_chunks(range(len(due)), 1 if webhook.is_ordered else SIDE_BY_SIDE):
            if time.monotonic() >= deadline:
                return replace(run, is_over=True, due_at=self._now())
            messages = [
                FORMATS[webhook.format].message_of(due[place].event, payloads[place], secrets, self._now())
                for place in group
            ]
            answers = self._call(webhook, messages)
            run = self._record(run, [due[place] for place in group], answers)
            if run.is_over or run.state.retry_at is not None:
                return run
        return run

    def _with_subjects(
        self, webhook: Webhook, due: Sequence[Callback]
    ) -> tuple[Sequence[Callback], Sequence[EventPayload]]:
        """Return the callbacks with their payloads, and delete callbacks without a subject."""
        payloads = self._payloads[webhook.format]().read(webhook, [callback.event for callback in due])
        pairs = list(zip(due, payloads, strict=True))
        dropped = [callback for callback, subject in pairs if subject is None]
        if dropped:
            self._callbacks.drop(webhook.account_id, webhook.id, dropped)
        wanted = [(callback, subject) for callback, subject in pairs if subject is not None]
        return [callback for callback, _ in wanted], [subject for _, subject in wanted]

    def _call(self, webhook: Webhook, messages: Sequence[CallbackRequest]) -> list[CallResult]:
        timeout_s = FORMATS[webhook.format].plan.timeout_s

        def post(message: CallbackRequest) -> CallResult:
            headers = {"user-agent": USER_AGENT, **message.headers}
            return self._caller.post(webhook.url, headers=headers, body=message.body, timeout_s=timeout_s)

        if len(messages) == 1 or self._threads < 2:
            return [post(message) for message in messages]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(post, messages))

    def _record(self, run: DispatchRun, callbacks: Sequence[Callback], answers: Sequence[CallResult]) -> DispatchRun:
        """Store the outcome of calls; return the changed run, in which the webhook may be archived."""
        webhook, now = run.webhook, self._now()
        attempts = [
            self._attempt(webhook, callback, answer, now) for callback, answer in zip(callbacks, answers, strict=True)
        ]
        self._callbacks.record(webhook.account_id, webhook.id, attempts)
        state = self._after(webhook, run.state, attempts, answers, now)
        plan = FORMATS[webhook.format].plan
        is_gone = plan.is_gone_final and any(answer.status == rules.GONE for answer in answers)
        is_failing = state.failing_since is not None and now - state.failing_since >= plan.given_up_after
        if is_gone or is_failing:
            reason = DisabledReason.GONE if is_gone else DisabledReason.FAILING
            ended = self._webhooks.disable(webhook, reason, now) or self._webhooks.get(webhook.account_id, webhook.id)
            return replace(run, webhook=ended, state=state, is_over=True)
        return replace(run, state=state)

    def _attempt(self, webhook: Webhook, callback: Callback, answer: CallResult, now: datetime) -> CallbackAttempt:
        attempts = callback.attempts + 1
        status, next_callback, next_at = DeliveryStatus.DELIVERED, None, None
        plan = FORMATS[webhook.format].plan
        if not answer.is_accepted:
            status = DeliveryStatus.FAILED
            is_final = plan.is_gone_final and answer.status == rules.GONE
            if not is_final and now - callback.queued_at < plan.given_up_after:
                pause_s = plan.pause_s(answer.status, attempts, self._jitter(), answer.retry_after_s)
                pause = timedelta(seconds=pause_s)
                status, next_at = DeliveryStatus.RETRYING, now + pause
                due_ms = callback.due_ms if webhook.is_ordered else int(next_at.timestamp() * 1000)
                next_callback = replace(callback, attempts=attempts, due_ms=due_ms)
        delivery = Delivery(
            id=callback.delivery_id,
            event=callback.event,
            status=status,
            attempts=attempts,
            attempted_at=now,
            http_status=answer.status,
            error=answer.error,
            took_ms=answer.took_ms,
            next_attempt_at=next_at,
        )
        return CallbackAttempt(callback, delivery, next_callback)

    def _after(
        self,
        webhook: Webhook,
        state: DispatchState,
        attempts: Sequence[CallbackAttempt],
        answers: Sequence[CallResult],
        now: datetime,
    ) -> DispatchState:
        """Return the state after attempts: the count of the period, consecutive failures, and a pause of the webhook."""
        start = rules.window_start(webhook, now)
        count = len(attempts) + (state.window_count if state.window_start == start else 0)
        state = replace(state, window_start=start, window_count=count, retry_at=None)
        if any(answer.is_accepted for answer in answers):
            state = replace(state, failures=0, failing_since=None)
        failed = [attempt for attempt in attempts if attempt.delivery.status != DeliveryStatus.DELIVERED]
        if not failed:
            return state
        if len(failed) == len(attempts):
            failures, since = state.failures + len(failed), state.failing_since or now
            state = replace(state, failures=failures, failing_since=since)
        if webhook.is_ordered:
            return replace(state, retry_at=failed[-1].delivery.next_attempt_at)
        if state.failures >= rules.FAILURES_TO_PAUSE:
            pause_s = rules.pause_s(state.failures - rules.FAILURES_TO_PAUSE + 1, self._jitter())
            return replace(state, retry_at=from_unix(int(now.timestamp() + pause_s) + 1))
        return state

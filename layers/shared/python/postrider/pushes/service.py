"""Accept push messages: merge them for a person, store them, and enqueue them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from postrider.content.compiled import MISSING_CODE, Rendered
from postrider.content.merge_tags import Frame, Person
from postrider.content.model import Content
from postrider.content.preview import render
from postrider.content.source import source_of
from postrider.content.validate import check_content
from postrider.devices.service import DeviceService
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.mail_events.model import EventType
from postrider.ports.queue import Queue
from postrider.ports.scheduler import Scheduler, SchedulerRefused
from postrider.pushes import rules
from postrider.pushes.log import PushLog
from postrider.pushes.model import Push, PushOutcome, PushRequest
from postrider.pushes.queue_messages import QUEUE, SendPush
from postrider.pushes.repository import PushRepository
from postrider.storage.sequences import NumberPool
from postrider.transactional.contents import MailContents, checked_data
from postrider.transactional.model import MailRequest
from postrider.transactional.people import AddresseeStatus, AddresseeStatuses
from postrider.transactional.rules import NEAR_S, due_at

NUMBERS_AT_ONCE = 64


class PushService:
    def __init__(
        self,
        pushes: PushRepository,
        people: AddresseeStatuses,
        devices: DeviceService,
        contents: MailContents,
        log: PushLog,
        queue: Queue,
        scheduler: Scheduler,
        now: Clock,
    ) -> None:
        self._pushes, self._people, self._devices, self._contents = pushes, people, devices, contents
        self._queue, self._scheduler, self._now = queue, scheduler, now
        self._log = log
        self._numbers = NumberPool("push", NUMBERS_AT_ONCE)

    def send(self, account_id: str, request: PushRequest) -> Push:
        """Store the message, and enqueue or schedule it; a draft waits.

        A missing value of the content, and an unsubscribed person, are outcomes of the message. Raises Invalid for an unknown
        template or person, and for a content that cannot be sent.
        """
        now = self._now()
        moment = due_at(request.send_at, now)
        template_id, content = self._content(account_id, request)
        people = self._people.of(account_id, request.person, ())
        failure, merged = None, Rendered(subject=request.title or "", html=None, text=request.message or "")
        try:
            merged = self._merged(content, request, people, moment)
        except Invalid as exc:
            if exc.code != MISSING_CODE:
                raise
            failure = exc.message
        contact = people.contact
        if contact is not None and request.device is not None:
            self._devices.put(account_id, contact.id, request.device)
        push = Push(
            account_id=account_id,
            id=self._numbers.take(),
            list_id=people.list_id,
            contact_id=0 if contact is None else contact.id,
            template_id=template_id,
            title=merged.subject,
            target=request.target,
            payloads=rules.payloads_of(request, merged.subject, merged.text.strip()),
            created_at=now,
            due_at=moment,
            is_draft=request.is_draft,
            is_content_kept=request.is_content_kept,
        )
        self._pushes.save(push)
        if failure is not None:
            push = self._decide(push, PushOutcome.FAILED, failure, now)
        elif people.has_left and not request.to_unsubscribed:
            push = self._decide(push, PushOutcome.SKIPPED, rules.UNSUBSCRIBED, now)
        elif request.is_draft:
            self._log.record_outcome(push)
        else:
            self._dispatch(push, now)
        return push

    def many(self, account_id: str, push_ids: Collection[int]) -> dict[int, Push]:
        """Return the known messages with these ids."""
        return self._pushes.many(account_id, push_ids)

    def report(self, account_id: str, push_id: int, event_type: EventType, at: datetime, event_id: str) -> None:
        """Record an event of a message that a program reports, once for each `event_id`. Raises NotFound."""
        push = self._pushes.many(account_id, [push_id]).get(push_id)
        if push is None:
            raise NotFound("Unknown push message.", code="push_not_found", field="push_id")
        push = self._pushes.add_reported(push, event_type.value, int(at.timestamp()))
        self._log.record_reported(push, event_type, int(at.timestamp()) * 1000, event_id)

    def _decide(self, push: Push, outcome: PushOutcome, failure: str, now: datetime) -> Push:
        self._pushes.decide(push, outcome, failure=failure, now=now)
        decided = replace(push, outcome=outcome, failure=failure, decided_at=now, is_draft=False)
        self._log.record_outcome(decided)
        return decided

    def _content(self, account_id: str, request: PushRequest) -> tuple[int, Content]:
        """Return the id of the template, and its content, overridden by title and message of the request."""
        mail = MailRequest(
            to=(), template=request.template, subject=request.title, text=request.message, data=request.data
        )
        checked_data(mail)
        made = self._contents.of(account_id, mail)
        return made.template_id or 0, made.content

    def _merged(self, content: Content, request: PushRequest, people: AddresseeStatus, now: datetime) -> Rendered:
        """Return title and text for the person. Raises Invalid."""
        compiled = check_content(source_of(content))
        person = Person(
            email="" if people.contact is None else people.contact.email,
            customer=people.customer,
            data=dict.fromkeys(("trigger", "message_data"), request.data),
        )
        return render(compiled, frame=Frame(sender_name="", sender_email=""), now=now, person=person)

    def _dispatch(self, push: Push, now: datetime) -> None:
        message = SendPush(account_id=push.account_id, push_id=push.id)
        wait_s = max(0.0, (push.due_at - now).total_seconds())
        if wait_s <= NEAR_S:
            self._queue.send(QUEUE, [message], group=push.account_id, delay_s=int(wait_s))
            return
        try:
            self._scheduler.put(f"push-{push.account_id}-{push.id}", push.due_at, QUEUE, message)
        except SchedulerRefused as exc:
            raise Invalid("The message could not be scheduled; retry.", code="not_scheduled", field="send_at") from exc

"""A small world for workflows: contacts, workflows, queues and executions in memory, workers that can be stopped anywhere.

The services of `postrider.journeys` and `postrider.delivery` are the real ones. Time only moves when told to.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel

from functions.workers.plan_runs.handler import MESSAGES
from postrider.adapters.memory import MemoryMailer
from postrider.contacts.model import BLOCK_SIZE, Contact, Status
from postrider.delivery.by_kind import AudiencesByKind, ComposersByKind, MailSourcesByKind
from postrider.delivery.dispatch import ids_of
from postrider.delivery.model import Outcome, Run
from postrider.delivery.queue_messages import (
    PLAN_QUEUE,
    SEND_QUEUE,
    BlockStep,
    SendChunk,
    StartRun,
)
from postrider.delivery.rate.service import RateService
from postrider.delivery.service import DeliveryService
from postrider.journeys import rules
from postrider.journeys.audience import JourneyAudience
from postrider.journeys.clock import ActionClocks, WakeUp
from postrider.journeys.due_groups import DueGroups
from postrider.journeys.entrance import WorkflowEntrance
from postrider.journeys.followers import NextActionGroups
from postrider.journeys.queue_messages import AdvanceWorkflow
from postrider.journeys.sending import ActionMailSources
from postrider.journeys.service import JourneyService
from postrider.kit.errors import NotFound
from postrider.mail_events.model import Engagement
from postrider.mail_events.source import MailSource, SourceKind
from postrider.workflows.model import Action, ActionCondition, Trigger, Workflow, WorkflowStatus
from tests.functional.delivery.memory_ledger import MemoryLedger, MemoryTimeline
from tests.functional.delivery.world import (
    ACCOUNT,
    LIST,
    FakeComposer,
    Killed,
    MemoryLog,
    Message,
    Person,
    SimQueue,
    Traps,
)
from tests.functional.journeys.memory_journeys import MemoryJourneys
from tests.testing.clock import MovableClock
from tests.testing.fakes import Execution, MemoryRunner, MemoryScheduler

WORKFLOW = 5
FIRST_BLOCK = 40
MINUTE = timedelta(minutes=1)
Mail = tuple[int, int, int]
"""Contact, entry, action."""


@dataclass(frozen=True)
class Node:
    """An action of a tree: the place of its parent, its condition, and its delay."""

    parent: int | None = None
    condition: ActionCondition = ActionCondition.NONE
    delay_s: int = 0


class FakeWorkflows:
    def __init__(self, nodes: Sequence[Node], now: datetime) -> None:
        self.workflow = Workflow(
            id=WORKFLOW,
            account_id=ACCOUNT,
            list_id=LIST,
            trigger=Trigger.MANUAL,
            created_at=now,
            updated_at=now,
            status=WorkflowStatus.ACTIVE,
            activation=1,
        )
        self.tree = [
            Action(
                id=100 + place,
                account_id=ACCOUNT,
                workflow_id=WORKFLOW,
                name=f"Step {place}",
                condition=node.condition,
                delay_s=node.delay_s,
                parent_id=None if node.parent is None else 100 + node.parent,
                revision=1,
                created_at=now,
                updated_at=now,
            )
            for place, node in enumerate(nodes)
        ]

    def get(self, account_id: str, workflow_id: int) -> Workflow:
        return self.workflow

    def actions(self, account_id: str, workflow_id: int) -> list[Action]:
        return self.tree

    def action_by_id(self, account_id: str, action_id: int) -> Action:
        if action_id not in {action.id for action in self.tree}:
            raise NotFound("Unknown action.")
        return self.tree[action_id - 100]


class FakeContacts:
    def __init__(self) -> None:
        self.by_id: dict[int, Contact] = {}

    def contacts_in(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> dict[int, Contact]:
        return {contact_id: self.by_id[contact_id] for contact_id in contact_ids if contact_id in self.by_id}

    def change(self, contact_id: int, status: Status) -> None:
        before = self.by_id[contact_id]
        departures = before.departures + (before.is_mailable and status != Status.ACTIVE)
        self.by_id[contact_id] = replace(before, status=status, departures=departures)


class FakeEngagements:
    """Moments of opens and clicks of people, by contact, entry and action."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.opened: dict[Mail, list[datetime]] = {}
        self.clicked: dict[Mail, list[datetime]] = {}

    def of_block(self, account_id: str, source: MailSource, block: int) -> Mapping[int, Engagement]:
        return {
            contact: Engagement(
                opened=tuple(int(moment.timestamp()) for moment in self.opened.get((contact, entry, action), ())),
                clicked=tuple(
                    (int(moment.timestamp()), 1) for moment in self.clicked.get((contact, entry, action), ())
                ),
                bot_opens=7,
                bot_clicks=7,
            )
            for contact, entry, action in {*self.opened, *self.clicked}
            if (entry, action) == (source.entry, source.id) and contact // BLOCK_SIZE == block
        }


class Writer(FakeComposer):
    def write(self, recipient: Any, *, reference: str, variant: int) -> Any:
        person = Person(recipient.contact.id, recipient.email)
        return super().write(person, reference=reference, variant=variant)


@dataclass
class JourneyWorld:
    nodes: Sequence[Node]
    clock: MovableClock = field(default_factory=MovableClock)
    rate: float = 1000
    per_day: int | None = None
    unknown_until: datetime | None = None

    def __post_init__(self) -> None:
        self.clock.move_to(max(datetime.fromtimestamp(1_800_000_000, tz=self.clock().tzinfo), self.clock()))
        self.traps = Traps()
        self.journeys = MemoryJourneys()
        self.ledger, self.line, self.log = MemoryLedger(), MemoryTimeline(), MemoryLog()
        self.workflows = FakeWorkflows(self.nodes, self.clock())
        self.contacts = FakeContacts()
        self.engagements = FakeEngagements(self.clock)
        self.composer = Writer()
        self.mailer = MemoryMailer(self.clock, rate=self.rate, per_day=self.per_day)
        self.queue, self.runner = SimQueue(self.clock), MemoryRunner()
        self.in_flight: set[int] = set()
        self._idle: list[tuple[DeliveryService, JourneyService]] = []

    def add_people(self, count: int, *, per_block: int = BLOCK_SIZE) -> list[int]:
        ids = [(FIRST_BLOCK + number // per_block) * BLOCK_SIZE + number % per_block for number in range(count)]
        for contact_id in ids:
            self.contacts.by_id[contact_id] = Contact(
                account_id=ACCOUNT,
                list_id=LIST,
                id=contact_id,
                email=f"person-{contact_id}@example.com",
                address=f"person-{contact_id}@example.com",
                status=Status.ACTIVE,
                subscribed_at=self.clock(),
                updated_at=self.clock(),
            )
        return ids

    def services(self) -> tuple[DeliveryService, JourneyService]:
        around = self.traps.around
        journeys, ledger = around("journeys", self.journeys), around("ledger", self.ledger)
        queue, runner = around("queue", self.queue), around("runner", self.runner)
        workflows: Any = self.workflows
        contacts: Any = self.contacts
        nobody: Any = SimpleNamespace(blocking=lambda account_id: SimpleNamespace(stops=lambda contact: False))
        unused: Any = None
        clocks = ActionClocks(journeys, runner, queue, self.clock)
        audience = JourneyAudience(journeys, contacts, nobody, self.engagements)
        followers = NextActionGroups(journeys, clocks, workflows, audience)
        sources = ActionMailSources(workflows, followers, ledger, self._is_unknown)
        delivery = DeliveryService(
            ledger=ledger,
            sources=MailSourcesByKind({SourceKind.WORKFLOW_ACTION: sources}),
            audience=AudiencesByKind(unused, {SourceKind.WORKFLOW_ACTION: audience}),
            composer=ComposersByKind({SourceKind.WORKFLOW_ACTION: self.composer}),
            mailer=around("mailer", self.mailer),
            rates=RateService(self.line, self.mailer, self.clock),
            queue=queue,
            scheduler=MemoryScheduler(),
            log=around("log", self.log),
            now=self.clock,
            sleep=lambda seconds: self.clock.move(timedelta(seconds=seconds)),
            threads=0,
            is_unknown=self._is_unknown,
        )
        entrance = WorkflowEntrance(journeys, clocks, workflows, contacts, nobody, unused, unused, self.clock)
        due_groups = DueGroups(
            journeys, clocks, workflows, delivery, self.clock, unknown_until=lambda: self.unknown_until
        )
        return delivery, JourneyService(journeys, clocks, entrance, due_groups, workflows, contacts, unused, self.clock)

    def _is_unknown(self, run: Run) -> bool:
        return rules.is_unknown(run.audience, self.unknown_until)

    def copy(self) -> "JourneyWorld":
        """Return a deployment on a copy of the tables: with queues and executions of its own, but the same people and time."""
        copied = JourneyWorld(self.nodes, clock=self.clock)
        copied.journeys, copied.ledger, copied.log = deepcopy((self.journeys, self.ledger, self.log))
        copied.workflows, copied.contacts = deepcopy((self.workflows, self.contacts))
        copied.engagements, copied.mailer = self.engagements, self.mailer
        return copied

    # What happens from outside

    def enter(self, contact_ids: Iterable[int], event_id: str) -> None:
        """The message of a trigger or of a call: it is enqueued once more than needed."""
        order = AdvanceWorkflow(
            account_id=ACCOUNT, workflow_id=WORKFLOW, contact_ids=list(contact_ids), event_id=event_id, at=self.clock()
        )
        self.queue.send(PLAN_QUEUE, [order, order], group=ACCOUNT)

    def opens(self, contact_id: int, entry: int, place: int) -> None:
        self.engagements.opened.setdefault((contact_id, entry, 100 + place), []).append(self.clock())

    def clicks(self, contact_id: int, entry: int, place: int) -> None:
        self.engagements.clicked.setdefault((contact_id, entry, 100 + place), []).append(self.clock())

    def reactivate(self) -> None:
        """Deactivate and activate again: everybody has left."""
        before = self.workflows.workflow
        self.workflows.workflow = replace(before, status=WorkflowStatus.INACTIVE)
        self._survive(lambda: self.services()[1].stop(before))
        self.workflows.workflow = replace(before, activation=before.activation + 1)

    def tell_events(self) -> None:
        """SES's events of accepted mails arrive."""
        accepted: dict[tuple[MailSource, str], dict[int, str]] = {}
        for _, mail, message_id in self.mailer.accepted:
            source = MailSource.action(int(mail.tags["source"]), int(mail.tags["entry"]))
            accepted.setdefault((source, mail.tags["run"]), {})[int(mail.tags["contact"])] = message_id
        delivery, _ = self.services()
        for (source, run_id), mails in accepted.items():
            self._survive(partial(delivery.confirm, ACCOUNT, source, run_id, mails))

    # Workers

    def work(self, message: Message, *, delete: bool = True) -> bool:
        """Deliver a message to a worker; return False if the worker crashed."""
        self.queue.receive(message)
        worker = self._idle.pop() if self._idle else self.services()
        order = order_of(message)
        try:
            self._handle(worker, order, again=message.receives > 1)
        except Killed:
            if isinstance(order, SendChunk):
                self.in_flight |= set(ids_of(order))
            return False
        self._idle.append(worker)
        message.gone = message.gone or delete
        return True

    def _handle(self, worker: tuple[DeliveryService, JourneyService], order: Any, *, again: bool) -> None:
        delivery, journeys = worker
        if isinstance(order, AdvanceWorkflow):
            journeys.handle(order)
        elif isinstance(order, StartRun):
            delivery.start(order)
        elif isinstance(order, SendChunk):
            delivery.send([order.model_copy(update={"again": order.again or again})])
        elif order.action == BlockStep.RECOUNT:
            delivery.recount_blocks([order])
        else:
            delivery.process_blocks(order)

    def step(self, place: int = 0, *, keep: bool = False) -> bool:
        """Work on one visible message; with `keep` it is delivered again at once."""
        messages = self.queue.visible()
        if not messages:
            return False
        message = messages[place % len(messages)]
        self.work(message, delete=not keep)
        if keep:
            message.visible_at = self.clock()
        return True

    def wake(self) -> None:
        """Executions whose moment has come call their task; one that fails ends."""
        for execution in self.runner.due(self.clock()):
            self._survive(lambda execution=execution: self._wake(execution))

    def _wake(self, execution: Execution) -> None:
        try:
            wake_at = self.services()[1].wake(WakeUp(**execution.wake_up), turns=execution.turns + 1)
        except Killed:
            self.runner.open.pop(execution.name, None)
            raise
        answer = {"again": wake_at is not None}
        if wake_at is not None:
            answer |= {"wake_at": f"{wake_at:%Y-%m-%dT%H:%M:%S%z}", "turns": execution.turns + 1}
        self.runner.turn(execution.name, answer)

    def sweep(self) -> None:
        self._survive(lambda: self.services()[1].sweep())
        self._survive(lambda: self.services()[0].sweep())

    def drain(self) -> None:
        while self.step():
            pass

    def pass_time(self, by: timedelta) -> None:
        """Let time pass: executions wake up at their moments, and the sweeper works each minute that something is late."""
        end = self.clock() + by
        self.drain()
        while self.clock() < end:
            moments = [moment for moment in (self.runner.next_moment(), self._next_message()) if moment is not None]
            next_moment = min([*moments, self.clock() + 10 * MINUTE, end])
            self.clock.move_to(max(next_moment, self.clock() + timedelta(seconds=1)))
            self.wake()
            self.sweep()
            self.drain()

    def _next_message(self) -> datetime | None:
        return min((message.visible_at for message in self.queue.messages if not message.gone), default=None)

    def run_until_quiet(self, *, days: float = 40) -> None:
        end = self.clock() + timedelta(days=days)
        while self.clock() < end:
            self.pass_time(timedelta(hours=1))
            self._survive(lambda: self.services()[0].enqueue_recounts())
            self.drain()
            if self.is_quiet():
                return
        raise AssertionError("it never came to rest")

    def is_quiet(self) -> bool:
        open_runs = [*self.ledger.open_runs(), *self.ledger.finished_runs()]
        waiting = self.journeys.everybody_waiting()
        return not (self.queue.messages or open_runs or waiting or self.runner.open or self.journeys.open_clocks())

    def _survive(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Killed:
            return

    # Looking

    def mails(self) -> Counter[Mail]:
        """Count the accepted mails by contact, entry and action."""
        tags = [mail.tags for _, mail, _ in self.mailer.accepted]
        return Counter((int(tag["contact"]), int(tag["entry"]), int(tag["source"])) for tag in tags)

    def outcome(self, mail: Mail) -> Outcome | None:
        contact, entry, action = mail
        row = self.ledger.rows(ACCOUNT, MailSource.action(action, entry), [contact]).get(contact)
        return None if row is None else row.outcome

    def planned(self) -> int:
        """Return the number of recipients of all runs."""
        return self.ledger.planned()

    def entries(self) -> dict[int, int]:
        """Return how often each contact has entered."""
        entries = self.journeys.entries(ACCOUNT, WORKFLOW, self.contacts.by_id)
        return {contact_id: entry.number for contact_id, entry in entries.items()}


def order_of(message: Message) -> BaseModel:
    if message.queue == SEND_QUEUE:
        return SendChunk.model_validate_json(message.body)
    return MESSAGES.validate_json(message.body)

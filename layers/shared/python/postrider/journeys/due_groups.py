"""Begin the runs of due groups, and delete void groups."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice

from postrider.delivery.by_kind import KIND
from postrider.delivery.service import DeliveryService
from postrider.journeys import rules
from postrider.journeys.clock import ActionClocks, WakeUp
from postrider.journeys.model import ActionClock, DueBatch, WaitingGroup
from postrider.journeys.repository import JourneyRepository
from postrider.kit.chunks import in_chunks
from postrider.kit.clock import Clock, unix
from postrider.kit.errors import NotFound
from postrider.kit.ids import random_id
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.mail_events.source import MailSource, SourceKind
from postrider.workflows.model import Action, Workflow
from postrider.workflows.service import WorkflowService

RUN_NAME_CHARS = 12
GROUPS_AT_ONCE, ROUNDS = 2000, 10
"""Maximum number of groups that are moved or deleted together, and of such steps per call; the next call continues."""


class DueGroups:
    def __init__(
        self,
        journeys: JourneyRepository,
        clocks: ActionClocks,
        workflows: WorkflowService,
        delivery: DeliveryService,
        now: Clock,
        can_send: Callable[[], bool] = lambda: True,
        unknown_until: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """Initialize the service; `can_send` returns whether this deployment may send: a restored copy may not.

        `unknown_until` returns the moment up to which the original of the tables may have sent due mails.
        """
        self._journeys, self._clocks, self._workflows = journeys, clocks, workflows
        self._delivery, self._now, self._can_send = delivery, now, can_send
        self._unknown_until = unknown_until

    def wake(self, wake_up: WakeUp, *, turns: int) -> datetime | None:
        """Do the work of an execution after its nth wake-up; return the next wake-up, or None if it ends."""
        if not self._can_send():  # the sweeper starts the clock again after the copy was taken up
            return None
        clock = self._clocks.read(wake_up.account_id, wake_up.action_id)
        if clock.generation != wake_up.generation:  # another execution has replaced this one
            return None
        self.move(wake_up.account_id, wake_up.action_id)
        wakes_at = self._clocks.sleep_again(clock)
        if wakes_at is None or turns < rules.TURNS:
            return wakes_at
        self._clocks.replace(self._clocks.read(wake_up.account_id, wake_up.action_id), wakes_at)
        return None

    def sweep(self) -> dict[str, int]:
        """Do the work of failed executions, and start new ones; called every minute."""
        done = {"restarted_clocks": 0, "failed_clocks": 0}
        if not self._can_send():
            return done
        for clock in self._clocks.due_before(self._now() - rules.LATE):
            try:
                self._restart(clock)
                done["restarted_clocks"] += 1
            except Exception as exc:
                emit_alarm(AlarmMetric.SWEEP_FAILED)
                logger.exception("clock not restarted", action_id=clock.action_id, error=type(exc).__name__)
                done["failed_clocks"] += 1
        return done

    def _restart(self, clock: ActionClock) -> None:
        self.move(clock.account_id, clock.action_id)
        wakes_at = self._clocks.sleep_again(clock)
        if wakes_at is not None:
            self._clocks.replace(self._clocks.read(clock.account_id, clock.action_id), wakes_at, stop=True)

    def move(self, account_id: str, action_id: int) -> None:
        """Begin the runs of the groups of an action that are due; delete the groups that are void.

        In a restored copy, the sweeper does this after the copy was taken up.
        """
        if not self._can_send():
            self._clocks.defer_to_sweeper(account_id, action_id)
            return
        action, workflow = self._read(account_id, action_id)
        for batch in self._journeys.batches(account_id, action_id):
            self._begin(batch, action, workflow)
        is_active = workflow is not None and workflow.is_active
        until = self._now() if is_active else None  # groups of an inactive workflow are void
        for _ in range(ROUNDS):
            places = islice(self._journeys.waiting(account_id, action_id, until=until), GROUPS_AT_ONCE)
            groups = [group for _, group in places]
            if not groups:
                return
            current = workflow.activation if workflow is not None and workflow.is_active else None
            self._journeys.delete(group for group in groups if group.activation != current)
            if action is not None and workflow is not None:
                self._take([group for group in groups if group.activation == current], action, workflow)

    def _read(self, account_id: str, action_id: int) -> tuple[Action | None, Workflow | None]:
        try:
            action = self._workflows.action_by_id(account_id, action_id)
            return action, self._workflows.get(account_id, action.workflow_id)
        except NotFound:
            return None, None

    def _take(self, groups: Sequence[WaitingGroup], action: Action, workflow: Workflow) -> None:
        """Batch groups with the same entry number, and begin a run for each batch.

        If the original may have sent the mails, a batch has one due moment, from which the delays of the next actions count.
        """
        unknown_until = self._unknown_until()
        together: dict[tuple[int, datetime | None], list[WaitingGroup]] = {}
        for group in groups:
            is_unknown = unknown_until is not None and group.due_at <= unknown_until
            together.setdefault((group.entry, group.due_at if is_unknown else None), []).append(group)
        for (entry, _), members in together.items():
            for chunk in in_chunks(members, rules.GROUPS_TOGETHER):
                batch = _batch_of(chunk, entry, workflow.activation)
                if self._journeys.take(batch, chunk):
                    self._begin(batch, action, workflow)

    def _begin(self, batch: DueBatch, action: Action | None, workflow: Workflow | None) -> None:
        """Begin the run of a batch; delete the groups of a batch of an earlier activation, which is void."""
        if (
            action is not None
            and workflow is not None
            and workflow.is_active
            and workflow.activation == batch.activation
        ):
            self._delivery.begin_run(
                batch.account_id,
                MailSource.action(batch.action_id, batch.entry),
                batch.run_id,
                list_id=workflow.list_id,
                revision=action.revision,
                audience=_audience_of(batch, action, workflow),
            )
        else:
            for block, group_ids in batch.groups.items():
                self._journeys.delete(
                    self._journeys.groups(batch.account_id, batch.workflow_id, batch.action_id, block, group_ids)
                )
        self._journeys.delete_batch(batch)


def _batch_of(groups: Sequence[WaitingGroup], entry: int, activation: int) -> DueBatch:
    by_block: dict[int, list[str]] = {}
    for group in groups:
        by_block.setdefault(group.block, []).append(group.id)
    first = groups[0]
    return DueBatch(
        account_id=first.account_id,
        workflow_id=first.workflow_id,
        action_id=first.action_id,
        run_id=rules.run_id_of(activation, random_id(RUN_NAME_CHARS)),
        entry=entry,
        activation=activation,
        due_at=min(group.due_at for group in groups),
        groups=by_block,
    )


def _audience_of(batch: DueBatch, action: Action, workflow: Workflow) -> dict[str, object]:
    """Return the audience of the run of a batch: its groups, and the condition of the action."""
    return {
        KIND: SourceKind.WORKFLOW_ACTION.value,
        "workflow_id": workflow.id,
        "action_id": action.id,
        "list_id": workflow.list_id,
        "trigger": workflow.trigger.value,
        "parent_id": action.parent_id,
        "condition": action.condition.value,
        "entry": batch.entry,
        "activation": batch.activation,
        rules.DUE_AT: unix(batch.due_at),
        "groups": {str(block): list(group_ids) for block, group_ids in batch.groups.items()},
    }

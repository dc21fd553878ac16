"""Workflows with trees of actions, stored as their operations leave them, and time that passes for their contacts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from postrider import bootstrap
from postrider.journeys.queue_messages import AdvanceWorkflow
from postrider.kit.ids import random_id
from postrider.mail_events.model import Event, EventType
from postrider.mail_events.source import MailSource
from postrider.workflows.model import Action, ActionCondition, Trigger, Workflow
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner
from tests.testing.factories.workflows import make_action, make_workflow


@dataclass(frozen=True)
class Step:
    """An action of a tree: the place of its parent among the steps, its condition, and its delay."""

    parent: int | None = None
    condition: ActionCondition = ActionCondition.NONE
    delay_s: int = 0


@dataclass
class Journey:
    """An active workflow under test."""

    owner: Owner
    workflow: Workflow
    actions: list[Action]

    @property
    def account_id(self) -> str:
        return self.owner.account_id

    def enter(self, *contact_ids: int, event_id: str | None = None, at: datetime | None = None) -> None:
        order = AdvanceWorkflow(
            account_id=self.account_id,
            workflow_id=self.workflow.id,
            contact_ids=list(contact_ids),
            event_id=event_id or random_id(),
            at=at,
        )
        bootstrap.journeys().handle(order)

    def activate(self) -> None:
        self._call("activate")

    def deactivate(self) -> None:
        self._call("deactivate")

    def did(self, kind: EventType, place: int, contact_id: int, *, entry: int = 1, **values: Any) -> None:
        """Record that a contact did something with the mail of an action."""
        event = Event(
            type=kind,
            event_id=random_id(),
            account_id=self.account_id,
            list_id=self.workflow.list_id,
            contact_id=contact_id,
            source=MailSource.action(self.actions[place].id, entry),
            at_ms=int(bootstrap.clock()().timestamp() * 1000),
            **values,
        )
        assert bootstrap.events().record([event]) == []

    def waiting(self) -> list[tuple[int, int]]:
        """Return (place of the action, contact id) of everybody who waits."""
        places = {action.id: place for place, action in enumerate(self.actions)}
        waiting = bootstrap.journeys().waiting_contacts(self.account_id, self.workflow.id)
        return [(places[contact.action_id], contact.contact_id) for contact in waiting]

    def left(self) -> list[int]:
        """Return how many contacts left while they waited for each action."""
        counts = bootstrap.step_counter().counts(self.workflow, self.actions)
        return [counts[action.id].left or 0 for action in self.actions]

    def got(self, mailer: Any) -> Counter[tuple[int, int, int]]:
        """Count the accepted mails by (place of the action, contact id, entry)."""
        places = {str(action.id): place for place, action in enumerate(self.actions)}
        tags = [mail.tags for _, mail, _ in mailer.accepted if mail.tags["source"] in places]
        return Counter((places[tag["source"]], int(tag["contact"]), int(tag["entry"])) for tag in tags)

    def _call(self, act: str) -> None:
        answer = self.owner.api.post(f"/workflows/{self.workflow.id}/{act}")
        assert answer.status == 200, answer.text
        self.workflow = bootstrap.workflows().get(self.account_id, self.workflow.id)


def make_journey(
    owner: Owner,
    list_id: int,
    steps: Sequence[Step],
    *,
    trigger: Trigger = Trigger.MANUAL,
    segment_id: int | None = None,
) -> Journey:
    """Make an active workflow with these steps."""
    audience = {"list_id": list_id, "segment_id": segment_id}
    workflow_id = make_workflow(owner, audience=audience, trigger=trigger.value)
    ids: list[str] = []
    for place, step in enumerate(steps):
        fields = {
            "name": f"Step {place}",
            "condition": step.condition.value,
            "delay": step.delay_s,
            "parent_id": None if step.parent is None else ids[step.parent],
        }
        ids.append(make_action(owner, workflow_id, **fields))
    workflows = bootstrap.workflows()
    actions = [workflows.action_by_id(owner.account_id, int(action_id)) for action_id in ids]
    journey = Journey(owner, workflows.get(owner.account_id, int(workflow_id)), actions)
    journey.activate()
    return journey


def pass_time(platform: Platform, by: timedelta) -> None:
    """Move the time; at each wake-up of an execution, run its task and the workers."""
    end = platform.clock() + by
    platform.drain()
    while (moment := platform.runner.next_moment()) is not None and moment <= end:
        platform.clock.move_to(max(moment, platform.clock()))
        platform.wake()
        platform.drain()
    platform.clock.move_to(end)
    platform.drain()

"""Let contacts that got the mail of an action wait for the next actions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery.model import Run
from postrider.journeys import rules
from postrider.journeys.audience import JourneyAudience
from postrider.journeys.clock import ActionClocks
from postrider.journeys.model import WaitingGroup
from postrider.journeys.repository import JourneyRepository
from postrider.workflows.model import Action, Trigger
from postrider.workflows.service import WorkflowService


class NextActionGroups:
    def __init__(
        self,
        journeys: JourneyRepository,
        clocks: ActionClocks,
        workflows: WorkflowService,
        audience: JourneyAudience,
    ) -> None:
        self._journeys, self._clocks, self._workflows, self._audience = journeys, clocks, workflows, audience

    def replace_groups(self, run: Run, block: int, sent_at: Mapping[int, datetime]) -> None:
        """Replace the groups of a block whose run has been sent by groups that wait for the next actions.

        Contacts without a mail are not in the new groups; if they have left the workflow, they are counted. A repeated call
        sets the clocks again.
        """
        account_id, audience = run.account_id, run.audience
        group_ids = audience["groups"].get(str(block), ())
        done = self._journeys.groups(account_id, audience["workflow_id"], audience["action_id"], block, group_ids)
        following = [
            group
            for action in self._actions_after(run)
            for due_at, ids in rules.by_minute(sent_at, action.delay_s).items()
            for group in [_group(run, action, block, ids, max(sent_at[contact_id] for contact_id in ids), due_at)]
        ]
        if done:
            self._journeys.move(done, following, left=self._left(run, done, sent_at))
        self._wake(run, following)

    def add_late(self, run: Run, contact_id: int, sent_at: datetime) -> None:
        """Let a contact wait for the next actions if its mail was proved as sent after its block was closed."""
        block = contact_id // BLOCK_SIZE
        groups = [
            _group(run, action, block, [contact_id], sent_at, rules.due_at(sent_at, action.delay_s))
            for action in self._actions_after(run)
        ]
        self._journeys.put_groups(groups)
        self._wake(run, groups)

    def _left(self, run: Run, done: Sequence[WaitingGroup], sent_at: Mapping[int, datetime]) -> int:
        """Return the number of contacts in the groups that have left the workflow; an unmet condition is not leaving."""
        without_mail = sorted({contact_id for group in done for contact_id in group.contact_ids} - sent_at.keys())
        travellers = self._audience.read(run.account_id, run.audience, without_mail)
        staying = sum(traveller.refusal is None for traveller in travellers.values())
        return len(without_mail) - staying

    def _actions_after(self, run: Run) -> list[Action]:
        actions = self._workflows.actions(run.account_id, run.audience["workflow_id"])
        return rules.followers_of(actions, run.source.id, Trigger(run.audience["trigger"]))

    def _wake(self, run: Run, groups: list[WaitingGroup]) -> None:
        earliest: dict[int, datetime] = {}
        for group in groups:
            earliest[group.action_id] = min(group.due_at, earliest.get(group.action_id, group.due_at))
        for action_id, due_at in earliest.items():
            self._clocks.schedule_wake_up(run.account_id, action_id, due_at)


def _group(
    run: Run, action: Action, block: int, contact_ids: list[int], since: datetime, due_at: datetime
) -> WaitingGroup:
    return WaitingGroup(
        account_id=run.account_id,
        workflow_id=action.workflow_id,
        action_id=action.id,
        block=block,
        id=rules.digest(run.source.id, run.run_id, *contact_ids),
        entry=run.source.entry,
        activation=rules.activation_of(run.run_id),
        since=since,
        due_at=due_at,
        bitmap=rules.bits_of(contact_ids),
    )

"""A reference model of workflows: which mails a contact may and must get, from what happened and when.

It knows nothing of groups, runs, clocks and crashes. Where the platform decides later than the moment at which a delay ends
(it was down, or the mail waited for its turn), acts between both moments may be seen or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from postrider.workflows.model import ActionCondition
from tests.functional.journeys.world import Node


@dataclass(frozen=True)
class Acts:
    """Moments of the opens and clicks of a contact."""

    opened: Sequence[datetime] = ()
    clicked: Sequence[datetime] = ()

    def fulfils(self, condition: ActionCondition, until: datetime) -> bool:
        clicked = any(moment <= until for moment in self.clicked)
        opened = clicked or any(moment <= until for moment in self.opened)
        return {
            ActionCondition.NONE: True,
            ActionCondition.OPENED: opened,
            ActionCondition.NOT_OPENED: not opened,
            ActionCondition.CLICKED: clicked,
            ActionCondition.NOT_CLICKED: not clicked,
        }[condition]


@dataclass(frozen=True)
class Decision:
    """Whether a mail must be sent, and whether it may."""

    must: bool
    may: bool


def decide(node: Node, acts: Acts, parent_sent_at: datetime, decided_until: datetime) -> Decision:
    """Decide about a mail that follows one sent at this moment; the platform decides until `decided_until` at the latest."""
    due = parent_sent_at + timedelta(seconds=node.delay_s)
    moments = [due, *(moment for moment in (*acts.opened, *acts.clicked) if due < moment <= decided_until)]
    answers = {acts.fulfils(node.condition, moment) for moment in moments}
    return Decision(must=answers == {True}, may=True in answers)


def followers(nodes: Sequence[Node], place: int) -> Mapping[int, Node]:
    """Return the nodes that follow a node, by their places."""
    return {child: node for child, node in enumerate(nodes) if node.parent == place}

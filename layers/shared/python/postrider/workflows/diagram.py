"""Draw a workflow as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from postrider.workflows.counts import ActionCounts
from postrider.workflows.model import Action, ActionCondition, Trigger, Workflow

_TRIGGERS: Final = {
    Trigger.SUBSCRIBED: "A contact subscribes",
    Trigger.UNSUBSCRIBED: "A contact unsubscribes",
    Trigger.MANUAL: "A contact is added by a call",
}
_CONDITIONS: Final = {
    ActionCondition.OPENED: "if opened",
    ActionCondition.NOT_OPENED: "if not opened",
    ActionCondition.CLICKED: "if clicked",
    ActionCondition.NOT_CLICKED: "if not clicked",
    ActionCondition.NONE: "",
}
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_UNSAFE: Final = re.compile(r"[^\w .,:;!?()/@+-]|;")
"""Characters with a special meaning in Mermaid, or in its HTML."""


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A workflow with the actions of its tree and their counts by id."""

    workflow: Workflow
    actions: Sequence[Action]
    counts: Mapping[int, ActionCounts]

    @property
    def title(self) -> str:
        name = self.workflow.name or f"Workflow {self.workflow.id}"
        return f"{name} ({self.workflow.status})"

    @property
    def trigger(self) -> str:
        return _TRIGGERS[self.workflow.trigger]

    def counts_of(self, action: Action) -> str:
        """Return the counts of an action in words: "40 sent, 12 opened, 3 clicked"."""
        counts = self.counts.get(action.id, ActionCounts())
        words = {
            "waiting": counts.waiting,
            "sent": counts.sent,
            "opened": counts.opened,
            "clicked": counts.clicked,
            "left": counts.left,
        }
        return ", ".join(f"{number:,} {word}" for word, number in words.items() if number is not None)


def edge_text(action: Action) -> str:
    """Return condition and delay of the action: "if opened, after 3 days"."""
    delay = f"after {duration(action.delay_s)}" if action.delay_s else "at once"
    return ", ".join(filter(None, (_CONDITIONS[action.condition], delay)))


def duration(seconds: int) -> str:
    """Return a duration in words: "1 day 2 hours" for 93,600."""
    words = []
    for size, unit in _UNITS:
        number, seconds = divmod(seconds, size)
        if number:
            words.append(f"{number} {unit}{'s' if number > 1 else ''}")
    return " ".join(words)


def mermaid(diagram: Diagram) -> str:
    """Return the flowchart as Mermaid text."""
    lines = ["flowchart TD", f'    start(["{_escaped(diagram.trigger)}"])']
    for action in diagram.actions:
        texts = [action.name, action.subject or "No subject", diagram.counts_of(action)]
        lines.append(f'    a{action.id}["{"<br/>".join(map(_escaped, texts))}"]')
    for action in diagram.actions:
        parent = "start" if action.parent_id is None else f"a{action.parent_id}"
        lines.append(f'    {parent} -->|"{_escaped(edge_text(action))}"| a{action.id}')
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return the text with entity codes (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters)."""
    return _UNSAFE.sub(lambda char: f"#{ord(char[0])};", text)

"""Diagrams of workflows, as Mermaid text and as SVG."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from postrider.workflows.counts import ActionCounts
from postrider.workflows.diagram import Diagram, duration, mermaid
from postrider.workflows.diagram_svg import svg
from postrider.workflows.model import Action, ActionCondition, Trigger, Workflow
from postrider.workflows.rules import MAX_ACTIONS

NOW = datetime(2026, 11, 30, tzinfo=UTC)
HOSTILE = '"]; click a1 call alert(1) %%</text><script>alert(1)</script>&#x0;\x00\ud800\n]-->[['


def action(number: int, parent_id: int | None = None, **values: Any) -> Action:
    fields: dict[str, Any] = {
        "name": f"Mail {number}",
        "condition": ActionCondition.NONE,
        "delay_s": 0,
        "subject": "Hi",
    }
    return Action(
        id=number, account_id="1", workflow_id=1, created_at=NOW, updated_at=NOW, parent_id=parent_id, **fields | values
    )


def diagram(actions: Sequence[Action], name: str = "Welcome", **counts: ActionCounts) -> Diagram:
    workflow = Workflow(
        id=1, account_id="1", list_id=1, trigger=Trigger.SUBSCRIBED, created_at=NOW, updated_at=NOW, name=name
    )
    return Diagram(
        workflow=workflow, actions=actions, counts={int(key.removeprefix("a")): of for key, of in counts.items()}
    )


TREE = [
    action(1),
    action(2, 1, condition=ActionCondition.OPENED, delay_s=259_200),
    action(3, 1, condition=ActionCondition.NOT_CLICKED, delay_s=93_600),
    action(4, 3, delay_s=90),
]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 second"), (90, "1 minute 30 seconds"), (93_600, "1 day 2 hours"), (31_536_000, "365 days")],
)
def test_a_delay_is_told_in_words(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_the_flowchart_has_each_action_with_its_way_there_and_its_counts() -> None:
    counts = ActionCounts(sent=1200, opened=30, clicked=2, waiting=7, left=1)
    assert mermaid(diagram(TREE, a2=counts)).splitlines() == [
        "flowchart TD",
        '    start(["A contact subscribes"])',
        '    a1["Mail 1<br/>Hi<br/>0 sent, 0 opened, 0 clicked"]',
        '    a2["Mail 2<br/>Hi<br/>7 waiting, 1,200 sent, 30 opened, 2 clicked, 1 left"]',
        '    a3["Mail 3<br/>Hi<br/>0 sent, 0 opened, 0 clicked"]',
        '    a4["Mail 4<br/>Hi<br/>0 sent, 0 opened, 0 clicked"]',
        '    start -->|"at once"| a1',
        '    a1 -->|"if opened, after 3 days"| a2',
        '    a1 -->|"if not clicked, after 1 day 2 hours"| a3',
        '    a3 -->|"after 1 minute 30 seconds"| a4',
    ]


def texts_of(drawing: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(drawing).iter() if element.tag.endswith("text")]


def test_the_drawing_has_each_action_with_its_way_there_and_its_counts() -> None:
    texts = texts_of(svg(diagram(TREE, a2=ActionCounts(sent=1200, opened=30, waiting=7))))
    assert {"Welcome (inactive)", "A contact subscribes", "Mail 4", "if opened, after 3 days", "1,200"} <= set(texts)
    assert (texts.count("sent"), texts.count("waiting"), texts.count("left")) == (4, 1, 0)


def cards_of(drawing: str) -> list[tuple[float, float]]:
    cards = ET.fromstring(drawing).findall("{http://www.w3.org/2000/svg}svg")
    return [(float(card.get("x", "")), float(card.get("y", ""))) for card in cards]


def test_large_counts_are_rounded_and_exact_in_the_tooltip() -> None:
    counts = ActionCounts(sent=1_204_321, opened=530_211, clicked=9_999, waiting=12_345_678)
    drawing = svg(diagram(TREE[:1], a1=counts))
    assert {"1.2M", "530k", "9,999", "12.3M"} <= set(texts_of(drawing))
    assert "12,345,678 waiting, 1,204,321 sent, 530,211 opened, 9,999 clicked" in drawing


def test_no_card_covers_another_nor_leaves_the_drawing() -> None:
    wide = [action(1), *(action(number, 1 + number // 3) for number in range(2, MAX_ACTIONS + 1))]
    deep = [action(number, number - 1 or None) for number in range(1, MAX_ACTIONS + 1)]
    for actions in (TREE, wide, deep, []):
        drawing = svg(diagram(actions))
        cards, root = cards_of(drawing), ET.fromstring(drawing)
        assert len(cards) == len(actions)
        width, height = float(root.get("width", "")), float(root.get("height", ""))
        assert all(0 <= x <= width - 280 and 0 <= y <= height - 104 for x, y in cards)
        for place, (x, y) in enumerate(cards):
            assert all(abs(x - other_x) >= 280 or abs(y - other_y) >= 104 for other_x, other_y in cards[:place])


def test_names_are_only_text() -> None:
    actions = [action(1, name=HOSTILE, subject=HOSTILE)]
    drawing = svg(diagram(actions, name=HOSTILE))
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(drawing.encode()).iter()}
    assert tags == {"svg", "style", "rect", "text", "path", "title"}
    lines = mermaid(diagram(actions, name=HOSTILE)).splitlines()
    assert len(lines) == 4
    inside = lines[2].partition('["')[2].removesuffix('"]')
    assert not set('"[]<>;%&') & set(inside.replace("<br/>", "").replace(";", "")), inside

"""Draw a workflow as SVG: a card for each action, below the one that it follows."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from postrider.workflows.counts import ActionCounts
from postrider.workflows.diagram import Diagram, edge_text
from postrider.workflows.model import Action
from postrider.workflows.rules import children_of

CARD_WIDTH: Final = 280
CARD_HEIGHT: Final = 104
COLUMN: Final = CARD_WIDTH + 32
ROW: Final = CARD_HEIGHT + 84
MARGIN: Final = 32
TOP: Final = 148
"""Top of the first card, below title and trigger."""
NAME_CHARS, SUBJECT_CHARS, EDGE_CHARS, TITLE_CHARS = 26, 38, 42, 60
"""The usual number of characters in a line; a card cuts off longer texts."""
_STYLE: Final = """
text { font-family: Helvetica, Arial, sans-serif; fill: #1f2933; }
.title { font-size: 18px; font-weight: bold; }
.name { font-size: 15px; font-weight: bold; }
.subject { font-size: 13px; fill: #52606d; }
.count { font-size: 15px; font-weight: bold; text-anchor: middle; }
.word { font-size: 11px; fill: #52606d; text-anchor: middle; }
.edge { font-size: 12px; text-anchor: middle; }
.trigger { font-size: 14px; text-anchor: middle; }
.card { fill: #ffffff; stroke: #9aa5b1; }
.start { fill: #fdf0dc; stroke: #b45309; }
.line { fill: none; stroke: #7b8794; stroke-width: 1.5; }
.label { fill: #f5f7fa; }
.page { fill: #f5f7fa; }
"""
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""https://www.w3.org/TR/xml/#charsets"""


@dataclass(frozen=True)
class Card:
    """An action at its place; `middle` is the middle of its width."""

    action: Action
    middle: float
    top: float

    @property
    def left(self) -> float:
        return self.middle - CARD_WIDTH / 2


def svg(diagram: Diagram) -> str:
    """Return the drawing as an SVG document of its own."""
    cards = _placed(diagram.actions)
    by_id = {card.action.id: card for card in cards}
    columns = max(1, sum(1 for card in cards if not children_of(diagram.actions, card.action.id)))
    width = max(columns * COLUMN, 2 * COLUMN) + 2 * MARGIN
    height = max((card.top + CARD_HEIGHT for card in cards), default=TOP - 40) + MARGIN
    middle = cards[0].middle if cards else width / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:g}" viewBox="0 0 {width} {height:g}" '
        f'role="img" aria-label="{_text(diagram.title)}">',
        f"<style>{_STYLE}</style>",
        '<rect class="page" width="100%" height="100%"/>',
        f'<text class="title" x="{MARGIN}" y="44">{_text(_shortened(diagram.title, TITLE_CHARS))}</text>',
        *_start(diagram, middle),
    ]
    for card in cards:
        parent = by_id.get(card.action.parent_id or 0)
        parts += _edge(middle if parent is None else parent.middle, _bottom(parent), card)
    for card in cards:
        parts += _card(card, diagram.counts.get(card.action.id, ActionCounts()))
    return "\n".join([*parts, "</svg>\n"])


def _placed(actions: Sequence[Action]) -> list[Card]:
    """Return the cards, each before its followers: leaves in columns, others in the middle above their followers."""
    cards: list[Card] = []
    column = 0

    def place(action: Action, depth: int) -> float:
        nonlocal column
        at = len(cards)
        cards.append(Card(action, 0, 0))
        below = [place(child, depth + 1) for child in children_of(actions, action.id)]
        if below:
            middle = (below[0] + below[-1]) / 2
        else:
            middle = MARGIN + column * COLUMN + COLUMN / 2
            column += 1
        cards[at] = Card(action, middle, TOP + depth * ROW)
        return middle

    for root in children_of(actions, None):
        place(root, 0)
    return cards


def _bottom(parent: Card | None) -> float:
    return TOP - 52 if parent is None else parent.top + CARD_HEIGHT


def _start(diagram: Diagram, middle: float) -> Iterator[str]:
    yield f'<rect class="start" x="{middle - 115:g}" y="{TOP - 84}" width="230" height="32" rx="16"/>'
    yield f'<text class="trigger" x="{middle:g}" y="{TOP - 63}">{_text(diagram.trigger)}</text>'


def _edge(from_x: float, from_y: float, card: Card) -> Iterator[str]:
    text = _shortened(edge_text(card.action), EDGE_CHARS)
    turn = card.top - 34
    bend = (from_y + turn) / 2
    yield (
        f'<path class="line" d="M{from_x:g},{from_y:g} C{from_x:g},{bend:g} {card.middle:g},{bend:g} '
        f'{card.middle:g},{turn:g} V{card.top:g}"/>'
    )
    width = 7 * len(text) + 12
    yield f'<rect class="label" x="{card.middle - width / 2:g}" y="{card.top - 32:g}" width="{width}" height="20" rx="4"/>'
    yield f'<text class="edge" x="{card.middle:g}" y="{card.top - 18:g}">{_text(text)}</text>'


def _card(card: Card, counts: ActionCounts) -> Iterator[str]:
    action = card.action
    numbers = {
        "waiting": counts.waiting,
        "sent": counts.sent,
        "opened": counts.opened,
        "clicked": counts.clicked,
        "left": counts.left,
    }
    shown = [(word, number) for word, number in numbers.items() if number is not None]
    exact = ", ".join(f"{number:,} {word}" for word, number in shown)
    yield f'<svg x="{card.left:g}" y="{card.top:g}" width="{CARD_WIDTH}" height="{CARD_HEIGHT}">'
    yield f"<title>{_text(f'Action {action.id}: {action.name} ({exact})')}</title>"
    yield f'<rect class="card" x="0.5" y="0.5" width="{CARD_WIDTH - 1}" height="{CARD_HEIGHT - 1}" rx="8"/>'
    yield f'<text class="name" x="14" y="26">{_text(_shortened(action.name, NAME_CHARS))}</text>'
    yield f'<text class="subject" x="14" y="47">{_text(_shortened(action.subject or "No subject", SUBJECT_CHARS))}</text>'
    share = (CARD_WIDTH - 16) / len(shown)
    for place, (word, number) in enumerate(shown):
        middle = 8 + share * (place + 0.5)
        yield f'<text class="count" x="{middle:g}" y="77">{_rounded(number)}</text>'
        yield f'<text class="word" x="{middle:g}" y="93">{word}</text>'
    yield "</svg>"


def _rounded(number: int) -> str:
    """Return a number in at most five characters: "9,999", "530k", "1.2M"."""
    if number < 10_000:
        return f"{number:,}"
    if number < 1_000_000:
        return f"{number // 1_000}k"
    tenths = number // 100_000
    return f"{tenths / 10:.1f}M" if tenths < 1_000 else f"{tenths // 10}M"


def _shortened(text: str, chars: int) -> str:
    """Return at most this many characters' width; East Asian wide characters count as two."""
    kept, width = "", 0
    for char in text:
        width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if width > chars:
            return kept.rstrip() + "…"
        kept += char
    return kept


def _text(text: str) -> str:
    return escape(_NOT_XML.sub(" ", text))

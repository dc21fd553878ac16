"""Parses filter_evaluator for a list and decides which of its contacts they select, block by block."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
from pynamodb.expressions.condition import Condition

from postrider.attributes.service import AttributeService
from postrider.contacts.model import Contact
from postrider.contacts.query import Selection
from postrider.events.model import Recipient
from postrider.events.recipients import recipient_of
from postrider.events.rules import LINKS_PER_CAMPAIGN
from postrider.filters import Fact, Tree, chosen, facts_of, filter_of, matches, parse
from postrider.filters.condition import PushedDown
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid

BLOCKS_KEPT = 4
"""Whose facts are kept at hand; contacts come in order of id, so one is nearly enough."""

Moments = Mapping[Fact, Collection[datetime]]


class Ledgers(Protocol):
    def check_kept(self, account_id: str, campaign_id: int) -> None:
        """Raises Invalid when the rows of the campaign's recipients have expired."""
        ...

    def block_rows(self, account_id: str, campaign_id: int, block: int) -> Sequence[Mapping[str, Any]]:
        """The rows of a campaign's recipients in a block of contacts, with plain values; `sk` is the padded contact id."""
        ...


class FilterEvaluator:
    def __init__(self, attributes: AttributeService, ledgers: Ledgers, now: Clock) -> None:
        self._attributes, self._ledgers, self._now = attributes, ledgers, now

    def parse(self, account_id: str, list_id: int, expressions: Mapping[str, Any]) -> "CompiledFilter | None":
        """The selection in `expressions` (text or object by language), None when there is none.

        Raises NotFound for the list, Invalid for more than one or one that does not parse.
        """
        found = chosen(**dict(expressions))
        if found is None:
            return None
        language, expression = found
        types = self._attributes.schema(account_id, list_id).types
        schema = {name: kind.value for name, kind in types.items()}
        tree = parse(language, expression, schema, field=language)
        return CompiledFilter(account_id, language, expression, tree, self._ledgers, self._now())

    def trees(self, account_id: str) -> Callable[[int, str | None, Any], Tree | None]:
        """Reads stored expressions by list, language and expression; None for none, and for one that does not parse.

        The attributes of a list are read once.
        """
        schemas: dict[int, dict[str, str]] = {}

        def tree(list_id: int, language: str | None, expression: Any) -> Tree | None:
            if language is None:
                return None
            if list_id not in schemas:
                types = self._attributes.schema(account_id, list_id).types
                schemas[list_id] = {name: kind.value for name, kind in types.items()}
            try:
                return parse(language, expression, schemas[list_id])
            except Invalid:
                return None

        return tree


class BlockFacts:
    """When contacts did what expressions ask about, read block by block: one query per campaign they name."""

    def __init__(self, account_id: str, wanted: Collection[Fact], ledgers: Ledgers) -> None:
        """Raises Invalid when a campaign ended so long ago that what its recipients did is not kept any more."""
        for campaign_id in {_campaign_of(fact) for fact in wanted}:
            ledgers.check_kept(account_id, campaign_id)
        self._account_id, self._wanted, self._ledgers = account_id, wanted, ledgers
        self._blocks: OrderedDict[int, dict[int, Moments]] = OrderedDict()

    def of(self, contact: Contact) -> Moments | None:
        """None when there is nothing to know."""
        if not self._wanted:
            return None
        if contact.block not in self._blocks:
            self._blocks[contact.block] = self._read(contact.block)
            if len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return self._blocks[contact.block].get(contact.id)

    def _read(self, block: int) -> dict[int, Moments]:
        found: dict[int, dict[Fact, Collection[datetime]]] = {}
        for campaign_id in {_campaign_of(fact) for fact in self._wanted}:
            for row in self._ledgers.block_rows(self._account_id, campaign_id, block):
                moments = found.setdefault(int(row["sk"]), {})
                recipient = recipient_of(row)
                for fact in self._wanted:
                    if _campaign_of(fact) == campaign_id:
                        moments[fact] = _moments_of(fact, recipient)
        return dict(found)


class CompiledFilter:
    """A parsed selection of one list, as of one moment."""

    def __init__(
        self,
        account_id: str,
        language: str,
        expression: str | Mapping[str, Any],
        tree: Tree,
        ledgers: Ledgers,
        now: datetime,
    ) -> None:
        self.tree = tree
        self.text = orjson.dumps([language, expression]).decode()
        self._facts, self._now = BlockFacts(account_id, facts_of(tree), ledgers), now

    def accepts(self, contact: Contact) -> bool:
        return matches(self.tree, contact, self._facts.of(contact), self._now)

    def among(self, contacts: Sequence[Contact]) -> list[Contact]:
        return [contact for contact in contacts if self.accepts(contact)]

    @property
    def listed(self) -> Selection:
        """In the form that listings take."""
        return Selection(self.text, self.accepts, self.condition)

    @property
    def condition(self) -> Condition | None:
        """What of it DynamoDB can decide."""
        pushdown = filter_of(self.tree, self._now)
        return None if pushdown is None else PushedDown(pushdown)


def _campaign_of(fact: Fact) -> int:
    kind, number = fact
    return number // LINKS_PER_CAMPAIGN if kind == "link" else number


def _moments_of(fact: Fact, recipient: Recipient) -> Collection[datetime]:
    """All of them; a click counts as an open, for the mail was read."""
    kind, number = fact
    did = recipient.engagement
    if kind == "sent":
        moments = [] if recipient.sent_at_ms is None else [recipient.sent_at_ms // 1000]
    elif kind == "link":
        moments = [moment for moment, link in did.clicked if 0 < link == number % LINKS_PER_CAMPAIGN]
    else:
        moments = [moment for moment, _ in did.clicked]
        if kind == "opened":
            moments += did.opened
    return tuple(datetime.fromtimestamp(moment, UTC) for moment in moments)

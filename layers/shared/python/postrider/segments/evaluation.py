"""Compile filter expressions for a list, and test its contacts, block by block."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from postrider.filters import (
    NOBODY,
    DynamoFilter,
    Fact,
    Key,
    Tree,
    attributes_of,
    bound,
    chosen,
    dynamo_filter_of,
    facts_of,
    fields_of,
    has_days,
    interests_of,
    leaves,
    parse,
    required_tags_of,
    tags_of,
    test_of,
    to_stored,
)
from postrider.filters.binding import Keys
from postrider.filters.schema import shown
from postrider.groups.rules import TAG_NAME
from postrider.kit.errors import Invalid
from postrider.mail_events.recipients import recipient_of
from postrider.mail_events.rules import LINKS_PER_SOURCE
from postrider.segments.ledgers import CampaignLedgers, campaign_of

if TYPE_CHECKING:  # only an expression with words for days needs the time zone of the owner
    from postrider.attributes.service import AttributeService
    from postrider.contacts.model import Contact
    from postrider.groups.service import GroupService
    from postrider.interests.service import InterestService
    from postrider.kit.clock import Clock
    from postrider.mail_events.model import EngagedRecipient
    from postrider.users.owners import OwnerService

BLOCKS_KEPT = 4
"""Number of blocks whose facts are cached: few, since contacts are usually read in order of id."""

Moments = Mapping[Fact, Collection[datetime]]


@dataclass(frozen=True, kw_only=True)
class BoundExpression:
    """An expression, its bound tree, and the names of the ids in the tree."""

    language: str
    expression: str | Mapping[str, Any]
    tree: Tree
    names: Keys[int, str]


class FilterEvaluator:
    def __init__(
        self,
        attributes: AttributeService,
        groups: GroupService,
        interests: InterestService,
        ledgers: CampaignLedgers,
        owners: OwnerService,
        now: Clock,
    ) -> None:
        self._attributes, self._groups, self._interests = attributes, groups, interests
        self._ledgers, self._owners, self._now = ledgers, owners, now

    def parse(self, account_id: str, list_id: int, expressions: Mapping[str, Any]) -> CompiledFilter | None:
        """Return the filter of the only expression in `expressions` (text or object by language), or None without one.

        An unknown tag matches no contact. Raises Invalid for several expressions, for an expression that cannot be parsed,
        or for an unknown interest, campaign or link.
        """
        bound_ = self.bind(account_id, list_id, expressions)
        return None if bound_ is None else self._compiled(account_id, bound_.tree)

    def bind(
        self,
        account_id: str,
        list_id: int,
        expressions: Mapping[str, Any],
        *,
        create_tags: bool = False,
    ) -> BoundExpression | None:
        """Parse the expression and replace its names by ids; with `create_tags`, create unknown tags.

        Raises Invalid as `parse` does.
        """
        choice = chosen(**dict(expressions))
        if choice is None:
            return None
        language, expression = choice
        schema = self._attributes.schema(account_id, list_id)
        kinds = {name: kind.value for name, kind in schema.types.items()}
        tree = parse(language, expression, kinds, field=language)
        self._ledgers.check(account_id, facts_of(tree), field=language)
        ids = self._ids_of(account_id, list_id, tree, schema.ids, language, create_tags=create_tags)
        names: Keys[int, str] = Keys(
            tags={key: name for name, key in ids.tags.items()},
            interests={key: name for name, key in ids.interests.items()},
            attributes={schema.ids[name]: name for name in attributes_of(tree) if isinstance(name, str)},
        )
        return BoundExpression(language=language, expression=expression, tree=bound(tree, ids), names=names)

    def compiled(self, account_id: str, list_id: int, tree: Tree) -> CompiledFilter:
        """Return the filter of a stored tree; relative moments count from now.

        Raises Invalid if the tree contains a deleted object, with `kind` and `id` of a tag, interest or attribute in its
        details: a negated condition on it would match all contacts.
        """
        self._ledgers.check(account_id, facts_of(tree))
        self._check_known(
            "attribute", attributes_of(tree), lambda _: self._attributes.schema(account_id, list_id).names
        )
        self._check_known("tag", tags_of(tree) - {NOBODY}, lambda keys: self.group_names(account_id, keys))
        self._check_known("interest", interests_of(tree), lambda _: self.interest_names(account_id, list_id))
        return self._compiled(account_id, tree)

    def group_names(self, account_id: str, group_ids: Collection[int]) -> Mapping[int, str]:
        """Return the names of groups by id; unknown groups are missing."""
        return self._groups.names_of(account_id, group_ids)

    def interest_names(self, account_id: str, list_id: int) -> Mapping[int, str]:
        """Return the names of the interests of the list by id."""
        return self._interests.names_of(account_id, list_id)

    def terms_with_ids(
        self, account_id: str, list_id: int, terms: Mapping[str, Sequence[str]]
    ) -> dict[str, Sequence[str | int]]:
        """Return filter terms with ids for tags and interests; unknown names become NOBODY, an id that no contact has."""
        with_ids: dict[str, Sequence[str | int]] = dict(terms)
        if "tags" in terms:
            groups = self._groups.ids_of(account_id, terms["tags"])
            with_ids["tags"] = [groups.get(name, NOBODY) for name in terms["tags"]]
        if "interests" in terms:
            interests = self._interests.ids_of(account_id, list_id, terms["interests"])
            with_ids["interests"] = [interests.get(name, NOBODY) for name in terms["interests"]]
        return with_ids

    def _compiled(self, account_id: str, tree: Tree) -> CompiledFilter:
        now = self._now().astimezone(self._owners.time_zone(account_id)) if has_days(tree) else self._now()
        return CompiledFilter(account_id, tree, self._ledgers, now)

    @staticmethod
    def _check_known(kind: str, keys: Collection[Key], names_of: Callable[[list[int]], Mapping[int, str]]) -> None:
        """Check that the ids have names. Raises Invalid with kind and id of the first id without a name."""
        ids = sorted(key for key in keys if isinstance(key, int))
        known = names_of(ids) if ids else {}
        deleted = next((id_ for id_ in ids if id_ not in known), None)
        if deleted is not None:
            raise Invalid(
                f"The filter names a deleted {kind}, with the id {deleted}.",
                code=f"{kind}_deleted",
                details={"kind": kind, "id": deleted},
            )

    def _ids_of(
        self,
        account_id: str,
        list_id: int,
        tree: Tree,
        attributes: Mapping[str, int],
        field: str,
        *,
        create_tags: bool,
    ) -> Keys[str, int]:
        interests = {name for name in interests_of(tree) if isinstance(name, str)}
        interest_ids = self._interests.require(account_id, list_id, interests, field=field)
        tags = {name for name in tags_of(tree) if isinstance(name, str)}
        group_ids: Mapping[str, int] = self._groups.ids_of(account_id, tags) if tags else {}
        if create_tags and tags - group_ids.keys():
            _check_new_tags(tags - group_ids.keys(), field)
            group_ids = self._groups.ensure(account_id, tags)
        return Keys(tags=group_ids, interests=interest_ids, attributes=attributes)


class BlockFacts:
    """A reader of the facts in a tree, block by block, with one query per campaign."""

    def __init__(self, account_id: str, wanted: Collection[Fact], ledgers: CampaignLedgers) -> None:
        self._account_id, self._wanted, self._ledgers = account_id, wanted, ledgers
        self._blocks: OrderedDict[int, dict[int, Moments]] = OrderedDict()

    def of(self, contact: Contact) -> Moments | None:
        """Return the facts of the contact, or None if the tree has no facts."""
        if not self._wanted:
            return None
        if contact.block not in self._blocks:
            self._blocks[contact.block] = self._read(contact.block)
            if len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return self._blocks[contact.block].get(contact.id)

    def _read(self, block: int) -> dict[int, Moments]:
        moments_by_contact: dict[int, dict[Fact, Collection[datetime]]] = {}
        for campaign_id in {campaign_of(fact) for fact in self._wanted}:
            for row in self._ledgers.block_rows(self._account_id, campaign_id, block):
                moments = moments_by_contact.setdefault(int(row["sk"]), {})
                recipient = recipient_of(row)
                for fact in self._wanted:
                    if campaign_of(fact) == campaign_id:
                        moments[fact] = _moments_of(fact, recipient)
        return dict(moments_by_contact)


class CompiledFilter:
    """A bound tree of a list with the moment of evaluation, in the time zone of the account, and the facts."""

    def __init__(self, account_id: str, tree: Tree, ledgers: CampaignLedgers, now: datetime) -> None:
        self.tree = tree
        self._facts, self._now = BlockFacts(account_id, facts_of(tree), ledgers), now
        self._test = test_of(tree, now)

    @property
    def text(self) -> str:
        """A text that is equal for equal trees."""
        return orjson.dumps(to_stored(self.tree)).decode()

    @property
    def dynamo_filter(self) -> DynamoFilter | None:
        """The part of the filter that DynamoDB can test."""
        return dynamo_filter_of(self.tree, self._now)

    @property
    def size(self) -> int:
        """The number of conditions."""
        return sum(1 for _ in leaves(self.tree))

    @property
    def fields(self) -> frozenset[tuple[str, ...]]:
        """The stored fields of a contact that the filter compares."""
        return fields_of(self.tree)

    @property
    def required_groups(self) -> frozenset[int] | None:
        """Groups of which every match has at least one, or None if a contact without groups may match."""
        required = required_tags_of(self.tree)
        return None if required is None else frozenset(key for key in required if isinstance(key, int))

    def accepts(self, contact: Contact) -> bool:
        """Return whether the contact matches."""
        return self._test(contact, self._facts.of(contact) or {})

    def among(self, contacts: Sequence[Contact]) -> list[Contact]:
        """Return the contacts that match."""
        return [contact for contact in contacts if self.accepts(contact)]


def _check_new_tags(names: Collection[str], field: str) -> None:
    """Check that tags with these names can be created. Raises Invalid with `field`."""
    for name in sorted(names):
        if not TAG_NAME.fullmatch(name):
            raise Invalid(
                f"The tag {shown(name)} does not exist and cannot be created: a name has 1 to 64 letters, digits and the "
                "signs . - + _ only.",
                code="tag_name_invalid",
                field=field,
            )


def _moments_of(fact: Fact, recipient: EngagedRecipient) -> Collection[datetime]:
    """Return all moments of a fact; a click counts as an open, because the mail was read."""
    kind, id_ = fact
    engagement = recipient.engagement
    if kind == "sent":
        moments = [] if recipient.sent_at_ms is None else [recipient.sent_at_ms // 1000]
    elif kind == "link":
        moments = [moment for moment, link in engagement.clicked if 0 < link == id_ % LINKS_PER_SOURCE]
    else:
        moments = [moment for moment, _ in engagement.clicked]
        if kind == "opened":
            moments += engagement.opened
    return tuple(datetime.fromtimestamp(moment, UTC) for moment in moments)

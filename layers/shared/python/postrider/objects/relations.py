"""Rules of relations: a contact may be related to any number of objects, and an object to any number of contacts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from postrider.kit.errors import Conflict
from postrider.kit.paging import Cursors, Page
from postrider.objects import rules
from postrider.objects.model import Relation
from postrider.objects.relations_repository import RelationRepository

TRIES = 10


@dataclass(frozen=True, kw_only=True)
class RelationChange:
    """A relation to create or change, with attributes to set; null or a blank text removes an attribute."""

    contact_id: int
    type_id: int
    object_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class RelationService:
    def __init__(self, relations: RelationRepository, cursors: Cursors) -> None:
        self._relations, self._cursors = relations, cursors

    def relate(self, account_id: str, changes: Sequence[RelationChange]) -> int:
        """Store relations, whose contacts and objects exist; return the number of new and changed relations.

        Raises Invalid past the limits of attributes.
        """
        blank = {
            (change.contact_id, change.type_id, change.object_id): Relation(
                contact_id=change.contact_id, type_id=change.type_id, object_id=change.object_id
            )
            for change in changes
        }
        changed = 0
        for _ in range(TRIES):
            if not blank:
                return changed
            stored = self._relations.many(account_id, blank.values())
            wanted = blank | stored
            for change in changes:
                key = change.contact_id, change.type_id, change.object_id
                if key in wanted:
                    wanted[key] = rules.with_relation_attributes(wanted[key], change.attributes)
            different = [relation for key, relation in wanted.items() if relation != stored.get(key)]
            stale = self._relations.store(account_id, different)
            changed += len(different) - len(stale)
            blank = {relation.key: replace(relation, attributes={}, version=0) for relation in stale}
        raise Conflict("The relation is being changed by other calls; retry.", code="relation_busy")

    def unrelate(self, account_id: str, relations: Iterable[RelationChange]) -> None:
        """Delete relations; unknown relations are ignored."""
        keys = {(change.contact_id, change.type_id, change.object_id) for change in relations}
        self._relations.remove(
            account_id,
            [
                Relation(contact_id=contact_id, type_id=type_id, object_id=object_id)
                for contact_id, type_id, object_id in sorted(keys)
            ],
        )

    def of_contact(self, account_id: str, contact_id: int, most: int | None = None) -> Iterator[Relation]:
        """Yield the relations of a contact, in order of type and object id."""
        return self._relations.of_contact(account_id, contact_id, most)

    def of_object(
        self, account_id: str, type_id: int, object_id: str, *, limit: int, cursor: str | None = None
    ) -> Page[Relation]:
        """Return a page of the relations of an object, in order of contact id, with their attributes.

        Raises Invalid for a cursor of another listing.
        """
        listing = f"relations/{type_id}/{object_id}"
        after = int(self._cursors.read(account_id, listing, cursor)) if cursor else None
        related = list(self._relations.of_object(account_id, type_id, object_id, after=after, most=limit + 1))
        page = related[:limit]
        stored = self._relations.many(account_id, page)
        items = [stored[relation.key] for relation in page if relation.key in stored]
        is_last = len(related) <= limit
        next_cursor = None if is_last else self._cursors.write(account_id, listing, page[-1].contact_id)
        return Page(items=items, next_cursor=next_cursor)

    def move(self, account_id: str, *, from_id: int, to_id: int) -> None:
        """Move the relations of one contact to another, which keeps its own attributes.

        Repeating the call completes an interrupted one.
        """
        relations = list(self._relations.of_contact(account_id, from_id))
        targets = [replace(relation, contact_id=to_id) for relation in relations]
        known = self._relations.many(account_id, targets)
        changes = [
            RelationChange(
                contact_id=to_id,
                type_id=target.type_id,
                object_id=target.object_id,
                attributes=_missing(target, known.get(target.key)),
            )
            for target in targets
        ]
        self.relate(account_id, changes)
        self._relations.remove(account_id, relations)

    def forget_contact(self, account_id: str, contact_id: int, most: int | None = None) -> int:
        """Delete at most `most` relations of a contact that is being deleted; return their number."""
        return self._relations.forget_contact(account_id, contact_id, most)

    def forget_object(self, account_id: str, type_id: int, object_id: str, most: int | None = None) -> int:
        """Delete at most `most` relations of a deleted object; return their number."""
        return self._relations.forget_object(account_id, type_id, object_id, most)


def _missing(relation: Relation, kept: Relation | None) -> dict[str, Any]:
    """Return the attributes that the kept relation lacks."""
    names = () if kept is None else kept.attributes
    return {name: value for name, value in relation.attributes.items() if name not in names}

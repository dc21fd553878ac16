"""Segments of some APIs: sets of people, and saved filters of the default list, with ids of one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from postrider.contacts.query import ANY_STATUS, ContactQuery
from postrider.contacts.rules import MembershipChange
from postrider.groups.model import Group, GroupPurpose
from postrider.kit.errors import Invalid
from postrider.segments.model import Segment
from postrider.usecases.find_dependents import Dependents, UseFinder

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.contacts.identifiers import Identifier
    from postrider.contacts.model import Contact
    from postrider.contacts.search import ContactSearch
    from postrider.contacts.service import ContactService
    from postrider.groups.service import GroupService
    from postrider.kit.paging import Page
    from postrider.lists.service import ListService
    from postrider.segments.counts import SegmentCounts
    from postrider.segments.service import SegmentService
    from postrider.usecases.delete_labels import NameDeletion

MAX_CHANGED = 1000
"""Maximum number of people that one call adds or removes."""
MAX_MEMBERS_A_PAGE = 30_000
PeopleSegment = Group | Segment


class PeopleSegments:
    def __init__(
        self,
        lists: ListService,
        groups: GroupService,
        segments: SegmentService,
        contacts: ContactService,
        search: ContactSearch,
        counts: SegmentCounts,
        use_finder: UseFinder,
        deletion: NameDeletion,
    ) -> None:
        self._lists, self._groups, self._segments, self._contacts = lists, groups, segments, contacts
        self._search, self._counts, self._use_finder, self._deletion = search, counts, use_finder, deletion

    def all(self, account_id: str) -> list[PeopleSegment]:
        """Return all segments in order of id."""
        groups = [group for group in self._groups.all(account_id) if group.purpose == GroupPurpose.SEGMENT]
        filters = self._segments.all(account_id, self._list_id(account_id))
        return sorted([*groups, *filters], key=lambda segment: segment.id)

    def get(self, account_id: str, segment_id: int) -> PeopleSegment:
        """Return the segment. Raises NotFound."""
        groups = self._groups.many(account_id, [segment_id])
        if groups and groups[0].purpose == GroupPurpose.SEGMENT:
            return groups[0]
        return self._segments.get(account_id, self._list_id(account_id), segment_id)

    def delete(self, account_id: str, segment_id: int) -> None:
        """Delete a set of people. Raises NotFound, Invalid for a saved filter, Conflict if a saved filter uses it."""
        self._deletion.delete_group(account_id, self._set_of_people(account_id, segment_id))

    def count(self, account_id: str, segment_id: int) -> int:
        """Return the number of members; for a filter, it may be a minute old. Raises NotFound, Invalid for a broken filter."""
        segment, list_id = self.get(account_id, segment_id), self._list_id(account_id)
        if isinstance(segment, Group):
            return self._contacts.members_count(account_id, list_id, segment.id)
        query = self._query(segment)

        def count() -> int:
            page = self._search.page(account_id, list_id, query, per_page=1, with_count=True)
            return page.count or 0

        return self._counts.of(account_id, segment.id, count)

    def members(self, account_id: str, segment: PeopleSegment, *, limit: int, cursor: str | None) -> Page[Contact]:
        """Return the next members in order of id. A page may be short although more follow.

        Raises Invalid for a cursor of another listing, and for a broken filter.
        """
        query = self._query(segment)
        return self._search.page(account_id, self._list_id(account_id), query, per_page=limit, cursor=cursor)

    def used_by(self, account_id: str, segment: PeopleSegment) -> Dependents:
        """Return the campaigns and workflows with the segment, or with a filter that uses the set of people."""
        if isinstance(segment, Segment):
            return self._use_finder.of_segment(account_id, segment.id)
        naming = self._segments.naming_group(account_id, segment.id)
        users = [self._use_finder.of_segment(account_id, each.id) for each in naming]
        campaigns = {campaign.id: campaign for used in users for campaign in used.campaigns}
        workflows = {workflow.id: workflow for used in users for workflow in used.workflows}
        return Dependents(
            campaigns=[campaigns[key] for key in sorted(campaigns)],
            workflows=[workflows[key] for key in sorted(workflows)],
        )

    def change_members(
        self, account_id: str, segment_id: int, people: Sequence[Identifier], *, is_addition: bool
    ) -> int:
        """Add people to a set of people or remove them; return the number of changed people. Unknown people are ignored.

        Raises NotFound, and Invalid for a saved filter or more than MAX_CHANGED people.
        """
        group = self._set_of_people(account_id, segment_id)
        if len(people) > MAX_CHANGED:
            raise Invalid(f"At most {MAX_CHANGED} people at a time.", code="too_many_contacts", field="ids")
        named = self._contacts.by_identifiers(account_id, self._list_id(account_id), people)
        contacts = {contact.id: contact for contact in named if contact is not None}
        if not contacts:
            return 0
        ids = frozenset({group.id})
        change = MembershipChange(add_groups=ids) if is_addition else MembershipChange(remove_groups=ids)
        return self._contacts.change_memberships_of_many(list(contacts.values()), change)

    def _set_of_people(self, account_id: str, segment_id: int) -> Group:
        segment = self.get(account_id, segment_id)
        if isinstance(segment, Segment):
            reason = (
                "The segment is a filter: its members follow from its conditions, which only the main API can change."
            )
            raise Invalid(reason, code="segment_is_filter", field="segment_id")
        return segment

    def _query(self, segment: PeopleSegment) -> ContactQuery:
        """Return the query of the members in any status."""
        if isinstance(segment, Group):
            return ContactQuery(statuses=ANY_STATUS, groups=frozenset({segment.id}))
        compiled = self._segments.compiled_filter(segment)
        return ContactQuery(statuses=ANY_STATUS, filters=() if compiled is None else (compiled,))

    def _list_id(self, account_id: str) -> int:
        return self._lists.default(account_id).id

"""Change the groups and interests of contacts."""

from collections.abc import Sequence
from dataclasses import replace

from postrider.contacts.model import Contact
from postrider.contacts.rules import MembershipChange
from postrider.contacts.writer import ContactWriter
from postrider.groups.model import GroupPurpose
from postrider.groups.service import GroupService
from postrider.interests.service import InterestService
from postrider.kit.errors import Invalid


class ContactMemberships:
    def __init__(self, writer: ContactWriter, groups: GroupService, interests: InterestService) -> None:
        self._writer, self._groups, self._interests = writer, groups, interests

    def change_many(self, contacts: Sequence[Contact], change: MembershipChange) -> int:
        """Change groups and interests of contacts of one list; return the number of changed contacts.

        A contact that would exceed the limits is left unchanged.
        """
        whole = self.without_deleted(contacts, change)

        def applied(contact: Contact) -> Contact:
            try:
                return whole.apply(contact)
            except Invalid:
                return contact

        return self._writer.change_many(contacts, applied)

    def other_groups(self, contact: Contact) -> frozenset[int]:
        """Return the groups of a contact except its tags."""
        groups = self._groups.many(contact.account_id, contact.groups) if contact.groups else []
        return frozenset(group.id for group in groups if group.purpose != GroupPurpose.TAG)

    def changed(self, contact: Contact, change: MembershipChange) -> Contact:
        """Return the contact after the change, not stored yet. Raises Invalid if it exceeds the limits."""
        return self.without_deleted([contact], change).apply(contact)

    def without_deleted(self, contacts: Sequence[Contact], change: MembershipChange) -> MembershipChange:
        """Return the change with the removal of deleted groups and interests from the sets that it touches."""
        if not contacts:
            return change
        account_id, list_id = contacts[0].account_id, contacts[0].list_id
        groups = frozenset().union(*(contact.groups for contact in contacts)) if change.touches_groups else ()
        if groups:
            deleted = frozenset(groups - self._groups.names_of(account_id, groups).keys())
            change = replace(change, remove_groups=change.remove_groups | deleted)
        interests = frozenset().union(*(contact.interests for contact in contacts)) if change.touches_interests else ()
        if interests:
            deleted = frozenset(interests - self._interests.names_of(account_id, list_id).keys())
            change = replace(change, remove_interests=change.remove_interests | deleted)
        return change

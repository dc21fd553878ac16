"""Look up the names of the ids that contacts hold, for responses, exports and mails."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.attributes.service import AttributeService, Schema
    from postrider.contacts.model import Contact, SuppressionMark, Value
    from postrider.groups.service import GroupService
    from postrider.interests.service import InterestService


class ListNames:
    """The names of one list. Names of groups and interests are read when a contact needs them, and then kept."""

    def __init__(
        self, account_id: str, list_id: int, schema: Schema, interests: InterestService, groups: GroupService
    ) -> None:
        self.schema = schema
        self._account_id, self._list_id, self._interests, self._groups = account_id, list_id, interests, groups
        self._group_names: dict[int, str | None] = {}
        self._interest_names: Mapping[int, str] | None = None

    def load_groups(self, contacts: Iterable[Contact]) -> None:
        """Look up the groups of many contacts in one call."""
        missing = {group_id for contact in contacts for group_id in contact.groups} - self._group_names.keys()
        if missing:
            names = self._groups.names_of(self._account_id, missing)
            self._group_names |= {group_id: names.get(group_id) for group_id in missing}

    def keep_groups(self, names: Mapping[int, str]) -> None:
        """Use these names of groups, also if they are renamed: a content was compiled with them."""
        self._group_names |= names

    def attributes_of(self, contact: Contact) -> dict[str, Value]:
        """Return the values of a contact by name, without those of deleted attributes."""
        return self.schema.known(contact.attributes)

    def tags_of(self, contact: Contact) -> list[str]:
        """Return the names of a contact's groups in order, without deleted groups."""
        self.load_groups([contact])
        names = (self._group_names[group_id] for group_id in contact.groups)
        return sorted(name for name in names if name is not None)

    def interests_of(self, contact: Contact) -> list[str]:
        """Return the names of a contact's interests in order, without deleted interests."""
        if not contact.interests:
            return []
        if self._interest_names is None:
            self._interest_names = self._interests.names_of(self._account_id, self._list_id)
        return sorted(self._interest_names[key] for key in contact.interests if key in self._interest_names)

    def named(self, contact: Contact) -> NamedContact:
        """Return the contact with names for ids."""
        return NamedContact(
            id=contact.id,
            email=contact.email,
            external_id=contact.external_id,
            status=contact.status.value,
            withdrawn_by=contact.withdrawn_by,
            mark=contact.mark,
            subscribed_at=contact.subscribed_at,
            last_bounce_type=contact.last_bounce_type,
            bounces_count=contact.bounces_count,
            groups=frozenset(self.tags_of(contact)),
            interests=frozenset(self.interests_of(contact)),
            attributes=self.attributes_of(contact),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedContact:
    """A contact with names for ids, for the merge of content and its conditions."""

    id: int
    email: str
    external_id: str | None
    status: str
    withdrawn_by: str | None
    mark: SuppressionMark | None
    subscribed_at: datetime
    last_bounce_type: str
    bounces_count: int
    groups: frozenset[str]
    interests: frozenset[str]
    attributes: Mapping[str, Value]


class ContactNames:
    def __init__(self, attributes: AttributeService, interests: InterestService, groups: GroupService) -> None:
        self._attributes, self._interests, self._groups = attributes, interests, groups

    def attribute_names(self, account_id: str, list_id: int) -> list[str]:
        """Return the names of the list's attributes in order. Raises NotFound for the list."""
        return [attribute.name for attribute in self._attributes.all(account_id, list_id)]

    def of(self, account_id: str, list_id: int, contacts: Collection[Contact] = ()) -> ListNames:
        """Return the names of a list; the groups of these contacts are looked up in one call."""
        return self._names(account_id, list_id, self._attributes.schema(account_id, list_id), contacts)

    def to_show(self, account_id: str, list_id: int, contacts: Collection[Contact]) -> ListNames:
        """Return the names for responses and exports; names of attributes may be some seconds old."""
        stored_ids = {attribute_id for contact in contacts for attribute_id in contact.attributes}
        schema = self._attributes.schema_to_show(account_id, list_id, stored_ids)
        return self._names(account_id, list_id, schema, contacts)

    def _names(self, account_id: str, list_id: int, schema: Schema, contacts: Collection[Contact]) -> ListNames:
        names = ListNames(account_id, list_id, schema, self._interests, self._groups)
        names.load_groups(contacts)
        return names

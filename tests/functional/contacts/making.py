"""Services over the real tables, with lists, groups and interests that always exist."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

from postrider.attributes.model import AttributeType
from postrider.attributes.repository import AttributeRepository
from postrider.attributes.service import AttributeService
from postrider.contacts.changes import ContactChange
from postrider.contacts.repository import ContactRepository
from postrider.contacts.search import ContactSearch
from postrider.contacts.service import ContactService
from postrider.groups.model import GroupPurpose
from postrider.kit.errors import NotFound
from postrider.kit.paging import Cursors
from postrider.storage.page_markers import PageMarkers
from postrider.suppressions.repository import SuppressionRepository
from postrider.suppressions.service import SuppressionService
from postrider.usecases.suppress_address import AddressSuppression
from tests.testing.clock import MovableClock

_numbers = itertools.count(5001)


@dataclass(frozen=True)
class AList:
    id: int


class AnyList:
    def __init__(self) -> None:
        self.ids: dict[str, list[int]] = {}
        self.gone: set[int] = set()

    def get(self, account_id, list_id):
        if list_id in self.gone:
            raise NotFound("There is no such list.")
        return AList(list_id)

    open_for_contacts = get

    def check_known(self, account_id, list_id):
        self.get(account_id, list_id)

    def all(self, account_id):
        return [AList(list_id) for list_id in self.ids.get(account_id, [])]


class AnyGroups:
    """Every id exists, and is that of a tag."""

    def many(self, account_id, group_ids):
        return [SimpleNamespace(id=group_id, purpose=GroupPurpose.TAG) for group_id in group_ids]

    def names_of(self, account_id, group_ids):
        return {group_id: str(group_id) for group_id in group_ids}


class AnyInterests:
    """The list has interests 1 to 999."""

    def names_of(self, account_id, list_id):
        return {interest_id: str(interest_id) for interest_id in range(1, 1000)}


class Memory:
    """A memory of events, and of contacts that were requested to confirm."""

    def __init__(self) -> None:
        self.news: list[ContactChange] = []
        self.asked: list[int] = []

    def publish(self, account_id, list_id, news):
        self.news += news

    def request(self, account_id, list_id, contacts, *, import_id=""):
        self.asked += [contact.id for contact in contacts]


class World:
    """One account with one list."""

    def __init__(self) -> None:
        self.account_id, self.list_id = str(next(_numbers)), next(_numbers)
        self.clock, self.memory, self.lists = MovableClock(), Memory(), AnyList()
        self.lists.ids[self.account_id] = [self.list_id]
        self.repository = ContactRepository()
        self.attributes = AttributeService(AttributeRepository(), self.lists, self.clock)
        self.suppressions = SuppressionService(SuppressionRepository(b"root"), PageMarkers(self.clock), self.clock)
        self.contacts = ContactService(
            self.repository,
            self.lists,
            self.attributes,
            AnyGroups(),
            AnyInterests(),
            self.suppressions,
            self.clock,
            change_recorder=self.memory,
            confirmations=self.memory,
        )
        self.suppression = AddressSuppression(self.suppressions, self.lists, self.contacts)
        self.pages = ContactSearch(self.repository, Cursors(lambda: b"root"), PageMarkers(self.clock))

    def add(self, email: str, **options):
        return self.contacts.upserts.create(self.account_id, self.list_id, email=email, **options)

    def again(self, contact):
        return self.contacts.get(self.account_id, self.list_id, contact.id)

    def values(self, contact) -> dict[str, str | int]:
        """Return the values of a contact by name, as they are stored."""
        stored = self.contacts.many(self.account_id, self.list_id, [contact.id])[contact.id]
        return self.attributes.schema(self.account_id, self.list_id).known(stored.attributes)

    def counts(self) -> dict[str, int]:
        counts = self.contacts.counts(self.account_id, self.list_id)
        return {status.value: number for status, number in counts.items() if number}

    def define(self, name: str, kind: str = "text") -> None:
        self.attributes.create(self.account_id, self.list_id, name=name, kind=AttributeType(kind))


MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

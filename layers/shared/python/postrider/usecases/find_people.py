"""Find people of the default list by a filter, including people without an address."""

from postrider.contacts.model import Contact
from postrider.contacts.query import ANY_STATUS, ContactQuery
from postrider.contacts.search import ContactSearch
from postrider.filters import Tree
from postrider.kit.paging import Page
from postrider.lists.service import ListService
from postrider.segments.evaluation import FilterEvaluator


class PeopleSearch:
    def __init__(self, lists: ListService, filters: FilterEvaluator, search: ContactSearch) -> None:
        self._lists, self._filters, self._search = lists, filters, search

    def page(self, account_id: str, tree: Tree, *, limit: int, cursor: str | None) -> Page[Contact]:
        """Return the next people that match a bound tree, in order of id. A page may be short although more follow.

        Raises Invalid for a cursor of another search, and for a tree with a deleted object.
        """
        list_id = self._lists.default(account_id).id
        query = ContactQuery(statuses=ANY_STATUS, filters=(self._filters.compiled(account_id, list_id, tree),))
        return self._search.page(account_id, list_id, query, per_page=limit, cursor=cursor)

"""Deletes a list with all that it holds."""

from postrider.lists.service import ListService
from postrider.usecases.empty_list import ListEmptying


class ListDeletion:
    def __init__(self, lists: ListService, emptying: ListEmptying) -> None:
        self._lists, self._emptying = lists, emptying

    def delete(self, account_id: str, list_id: int) -> None:
        """Hide the list from every caller at once, and delete what it holds by the queue. Raises NotFound.

        Deleting it again, while the queue still works, starts the work again.
        """
        self._lists.mark_as_deleting(account_id, list_id)
        self._emptying.start(account_id, list_id)

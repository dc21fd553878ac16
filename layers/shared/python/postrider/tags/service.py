"""Rules of tags: account-wide names; renaming and deleting one reaches every contact that carries it."""

from collections.abc import Collection

from postrider.bulk.model import Change
from postrider.bulk.service import BulkService
from postrider.kit.errors import Conflict, NotFound
from postrider.lists.service import ListService
from postrider.tags.repository import TagRepository


class TagService:
    def __init__(self, tags: TagRepository, lists: ListService, bulk: BulkService) -> None:
        self._tags, self._lists, self._bulk = tags, lists, bulk

    def all(self, account_id: str) -> list[str]:
        """In order of name."""
        return self._tags.all(account_id)

    def check(self, account_id: str, name: str) -> str:
        """The name. Raises NotFound when the account has no such tag."""
        if not self._tags.exists(account_id, name):
            raise NotFound("There is no such tag.", code="tag_not_found", loc=("path", "tag"))
        return name

    def ensure(self, account_id: str, names: Collection[str]) -> None:
        """Tags come into being on first use."""
        if names:
            self._tags.ensure(account_id, names)

    def create(self, account_id: str, name: str) -> str:
        """Raises Conflict when the account has it."""
        self._tags.add(account_id, name)
        return name

    def rename(self, account_id: str, name: str, new_name: str) -> str:
        """The contacts follow by the queue. Raises NotFound, or Conflict when the new name is taken."""
        self.check(account_id, name)
        if new_name == name:
            return name
        if self._tags.exists(account_id, new_name):
            raise Conflict("A tag with this name exists.", code="tag_exists", loc=("body", "tag"))
        self._tags.add(account_id, new_name)
        self._tags.delete(account_id, name)
        self._bulk.everywhere(
            account_id, self._list_ids(account_id), Change(remove_tags=(name,), add_tags=(new_name,), only_if_tag=name)
        )
        return new_name

    def delete(self, account_id: str, name: str) -> None:
        """Also taken from every contact, by the queue. Raises NotFound."""
        self._tags.delete(account_id, name)
        self._bulk.everywhere(account_id, self._list_ids(account_id), Change(remove_tags=(name,), only_if_tag=name))

    def _list_ids(self, account_id: str) -> list[int]:
        return [one.id for one in self._lists.all(account_id)]

"""Rules of tags: account-wide names; renaming and deleting one reaches every contact that carries it."""

from collections.abc import Collection

from postrider.bulk.moves import NameMoves
from postrider.kit.errors import Conflict, NotFound
from postrider.tags.model import Tag
from postrider.tags.repository import TagRepository


class TagService:
    def __init__(self, tags: TagRepository, moves: NameMoves) -> None:
        self._tags, self._moves = tags, moves

    def all(self, account_id: str) -> list[Tag]:
        """Return the tags in order of name."""
        return self._tags.all(account_id)

    def check(self, account_id: str, name: str) -> str:
        """The name. Raises NotFound when the account has no such tag."""
        if not self._tags.exists(account_id, name):
            raise NotFound("There is no such tag.", code="tag_not_found", field="tag")
        return name

    def ensure(self, account_id: str, names: Collection[str]) -> None:
        """Tags come into being on first use. Raises Conflict for one that contacts are still being rid of."""
        if names:
            self._tags.ensure(account_id, names)

    def create(self, account_id: str, name: str) -> str:
        """Raises Conflict when the account has it, or contacts are still being rid of it."""
        self._moves.check_free(account_id, "tag", name, field="tag")
        self._tags.add(account_id, name)
        return name

    def rename(self, account_id: str, name: str, new_name: str) -> str:
        """Contacts follow by the queue, and segments that name it. Raises NotFound, or Conflict when the new name is taken."""
        self._moves.check_free(account_id, "tag", name)
        self.check(account_id, name)
        if new_name == name:
            return name
        self._moves.check_free(account_id, "tag", new_name, field="tag")
        if self._tags.exists(account_id, new_name):
            raise Conflict("A tag with this name exists.", code="tag_exists", field="tag")
        self._moves.rename(account_id, "tag", name, self._tags.item(account_id, new_name))
        return new_name

    def delete(self, account_id: str, name: str) -> None:
        """Also taken from every contact, by the queue. Raises NotFound, or Conflict when a segment names it."""
        self._moves.check_free(account_id, "tag", name)
        self.check(account_id, name)
        self._moves.delete(account_id, "tag", name)

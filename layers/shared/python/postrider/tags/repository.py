"""Tags of an account."""

from collections.abc import Iterable

from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict
from postrider.names import still_moving
from postrider.storage.accounts_table import account_key, item_or_none, items_of
from postrider.storage.dynamo import batch_get, entity, on_condition_failure
from postrider.tags.model import Tag
from postrider.tags.table import TagItem

_PREFIX = "tag#"


class TagRepository:
    def __init__(self, now: Clock) -> None:
        self._now = now

    def exists(self, account_id: str, name: str) -> bool:
        item = item_or_none(TagItem, account_key(account_id), _PREFIX + name)
        return item is not None and not item.leaving

    def all(self, account_id: str) -> list[Tag]:
        """Return the tags in order of name."""
        return [entity(Tag, item) for item in items_of(TagItem, account_id, _PREFIX) if not item.leaving]

    def add(self, account_id: str, name: str) -> None:
        """Raises Conflict when the account has it."""
        with on_condition_failure(Conflict("The tag exists.", code="tag_exists", field="tag")):
            self.item(account_id, name).save(condition=TagItem.pk.does_not_exist())

    def ensure(self, account_id: str, names: Iterable[str]) -> None:
        """Create those that are not there. Raises Conflict for one that contacts are still being rid of."""
        wanted = {_PREFIX + name: name for name in sorted(set(names))}
        found = list(batch_get(TagItem, [(account_key(account_id), key) for key in wanted]))
        for item in found:
            if item.leaving:
                raise still_moving(item, item.name, "tags")
        missing = wanted.keys() - {item.sk for item in found}
        with TagItem.batch_write() as batch:
            for key in sorted(missing):
                batch.save(self.item(account_id, wanted[key]))

    def item(self, account_id: str, name: str) -> TagItem:
        return TagItem(account_key(account_id), _PREFIX + name, name=name, created_at=self._now())

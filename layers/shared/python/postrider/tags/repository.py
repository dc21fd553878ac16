"""Tags of an account."""

from collections.abc import Iterable

from postrider.directory import account_key, item_or_none, items_of
from postrider.kit.dynamo import on_condition_failure
from postrider.kit.errors import Conflict, NotFound
from postrider.tags.table import TagItem

_PREFIX = "tag#"


def _unknown() -> NotFound:
    return NotFound("There is no such tag.", code="tag_not_found", loc=("path", "tag"))


class TagRepository:
    def exists(self, account_id: str, name: str) -> bool:
        return item_or_none(TagItem, account_key(account_id), _PREFIX + name) is not None

    def all(self, account_id: str) -> list[str]:
        """In order of name."""
        return [item.name for item in items_of(TagItem, account_id, _PREFIX)]

    def add(self, account_id: str, name: str) -> None:
        """Raises Conflict when the account has it."""
        with on_condition_failure(Conflict("The tag exists.", code="tag_exists", loc=("body", "tag"))):
            TagItem(account_key(account_id), _PREFIX + name, name=name).save(condition=TagItem.pk.does_not_exist())

    def ensure(self, account_id: str, names: Iterable[str]) -> None:
        """Create those that are not there."""
        with TagItem.batch_write() as batch:
            for name in sorted(set(names)):
                batch.save(TagItem(account_key(account_id), _PREFIX + name, name=name))

    def delete(self, account_id: str, name: str) -> None:
        """Raises NotFound."""
        with on_condition_failure(_unknown()):
            TagItem(account_key(account_id), _PREFIX + name).delete(condition=TagItem.pk.exists())

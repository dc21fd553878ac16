"""Custom attributes: entities in, entities out."""

from postrider.attributes.model import Attribute, AttributeType
from postrider.attributes.table import AttributeItem
from postrider.kit.errors import Conflict, NotFound
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import on_condition_failure


def _unknown() -> NotFound:
    return NotFound("There is no such attribute.", code="attribute_not_found", field="name")


_ATTRIBUTE = "attribute#"


def _prefix(list_id: int) -> str:
    return f"{_ATTRIBUTE}{padded(list_id)}#"


class AttributeRepository:
    def get(self, account_id: str, list_id: int, name: str) -> Attribute:
        """Raises NotFound."""
        item = item_or_none(AttributeItem, account_key(account_id), _prefix(list_id) + name)
        if item is None or item.leaving:
            raise _unknown()
        return _attribute(item)

    def all(self, account_id: str, list_id: int) -> list[Attribute]:
        """In order of name."""
        found = items_of(AttributeItem, account_id, _prefix(list_id))
        return [_attribute(item) for item in found if not item.leaving]

    def of_account(self, account_id: str) -> list[Attribute]:
        """Return the attributes of all lists in order of list and name."""
        found = items_of(AttributeItem, account_id, _ATTRIBUTE)
        return [_attribute(item) for item in found if not item.leaving]

    def add(self, attribute: Attribute) -> None:
        """Raises Conflict when the list has one of this name."""
        item = AttributeItem(
            account_key(attribute.account_id),
            _prefix(attribute.list_id) + attribute.name,
            id=attribute.id,
            account_id=attribute.account_id,
            list_id=attribute.list_id,
            name=attribute.name,
            type=attribute.type.value,
            created_at=attribute.created_at,
        )
        taken = Conflict("The list has an attribute of this name.", code="attribute_exists", field="name")
        with on_condition_failure(taken):
            item.save(condition=AttributeItem.pk.does_not_exist())


def _attribute(item: AttributeItem) -> Attribute:
    return Attribute(
        id=int(item.id),
        account_id=item.account_id,
        list_id=int(item.list_id),
        name=item.name,
        type=AttributeType(item.type),
        created_at=item.created_at,
    )

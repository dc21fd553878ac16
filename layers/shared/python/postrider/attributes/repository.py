"""Store custom attributes in the accounts table."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict

from postrider.attributes.model import Attribute, AttributeFormat, AttributeType
from postrider.attributes.table import AttributeItem
from postrider.kit.errors import Conflict, NotFound
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import on_condition_failure


def _unknown() -> NotFound:
    return NotFound("Unknown attribute.", code="attribute_not_found", field="name")


_ATTRIBUTE = "attribute#"


def _prefix(list_id: int) -> str:
    return f"{_ATTRIBUTE}{padded(list_id)}#"


class AttributeRepository:
    def get(self, account_id: str, list_id: int, name: str) -> Attribute:
        """Return the attribute with this name. Raises NotFound."""
        item = item_or_none(AttributeItem, account_key(account_id), _prefix(list_id) + name)
        if item is None:
            raise _unknown()
        return _attribute(item)

    def all(self, account_id: str, list_id: int) -> list[Attribute]:
        """Return the attributes of the list in order of name."""
        return [_attribute(item) for item in items_of(AttributeItem, account_id, _prefix(list_id))]

    def of_account(self, account_id: str) -> list[Attribute]:
        """Return the attributes of all lists in order of list and name."""
        return [_attribute(item) for item in items_of(AttributeItem, account_id, _ATTRIBUTE)]

    def add_all(self, attributes: Sequence[Attribute]) -> None:
        """Store new attributes together. Raises Conflict if the list already has one of these names."""
        for index, attribute in enumerate(attributes):
            try:
                self._add(attribute)
            except Conflict:
                self.delete_all(attributes[:index])
                raise

    def delete_all(self, attributes: Iterable[Attribute]) -> None:
        """Delete the attributes if they exist."""
        for attribute in attributes:
            with suppress(NotFound):
                self.delete(attribute)

    def _add(self, attribute: Attribute) -> None:
        taken = Conflict(
            "The list already has an attribute of this name; choose another name.",
            code="attribute_exists",
            field="name",
        )
        with on_condition_failure(taken):
            _item(attribute).save(condition=AttributeItem.pk.does_not_exist())

    def change(self, before: Attribute, after: Attribute) -> None:
        """Store another definition. Raises Conflict if the attribute was deleted or has changed meanwhile."""
        changed = Conflict("The attribute was modified concurrently; retry.", code="attribute_changed")
        stored = _item(before)
        condition = (AttributeItem.id == before.id) & (AttributeItem.format == before.format.value)
        condition &= (AttributeItem.default == before.default) & (AttributeItem.options == stored.options)
        condition &= AttributeItem.updated_at == before.updated_at
        with on_condition_failure(changed):
            _item(after).save(condition=condition)

    def delete(self, attribute: Attribute) -> None:
        """Delete the attribute. Raises NotFound if it was deleted meanwhile."""
        with on_condition_failure(_unknown()):
            _item(attribute).delete(condition=AttributeItem.id == attribute.id)


def _item(attribute: Attribute) -> AttributeItem:
    values = asdict(attribute) | {
        "type": attribute.type.value,
        "format": attribute.format.value,
        "options": list(attribute.options),
    }
    return AttributeItem(account_key(attribute.account_id), _prefix(attribute.list_id) + attribute.name, **values)


def _attribute(item: AttributeItem) -> Attribute:
    return Attribute(
        id=int(item.id),
        account_id=item.account_id,
        list_id=int(item.list_id),
        name=item.name,
        type=AttributeType(item.type),
        format=AttributeFormat(item.format),
        required=item.required,
        default=item.default,
        options=tuple(item.options),
        label=item.label,
        merge_tag=item.merge_tag,
        order=int(item.order),
        help_text=item.help_text,
        is_public=item.is_public,
        display=item.display,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )

"""Create and delete the custom attributes of lists, and check values of their types."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

from postrider.attributes import rules
from postrider.attributes.merge_tags import check_merge_tag, default_tag, name_of_tag
from postrider.attributes.model import Attribute, AttributeType, Definition, Presentation, plain_definition
from postrider.attributes.repository import AttributeRepository
from postrider.attributes.rules import Value
from postrider.kit.caching import short_lived_cache
from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict, FieldPath, Invalid, NotFound
from postrider.kit.quotas import add_within_quota
from postrider.lists.service import ListService
from postrider.storage import sequences

MAX_ATTRIBUTES = 200
"""Maximum number of attributes of a list; every write of a contact reads all of them with one query."""
MAX_OPEN_ATTRIBUTES = 500
"""Maximum number of attributes of a list that accepts unknown names (`ContactList.open_attributes`)."""


class Schema:
    """The attributes of a list, read once to check many rows."""

    def __init__(self, attributes: Sequence[Attribute]) -> None:
        self.types: dict[str, AttributeType] = {attribute.name: attribute.type for attribute in attributes}
        self.ids: dict[str, int] = {attribute.name: attribute.id for attribute in attributes}
        self.names: dict[int, str] = {attribute.id: attribute.name for attribute in attributes}

    def values_of(
        self, texts: Mapping[str, str | None], *, field: FieldPath = "custom_attributes"
    ) -> dict[int, Value | None]:
        """Return the values to store by id of the attribute; None clears a value.

        Raises Invalid for an unknown name, an invalid value, or values that are too large together.
        """
        values: dict[int, Value | None] = {}
        for name, text in texts.items():
            kind = self.types.get(name)
            if kind is None:
                raise Invalid(f"The list has no attribute {name!r}.", code="attribute_unknown", field=field)
            try:
                values[self.ids[name]] = None if text is None else rules.value_of(kind, text)
            except ValueError as exc:
                raise Invalid(f"The value of {name!r} {exc}.", code="attribute_value_invalid", field=field) from exc
        rules.check_together(values, field=field)
        return values

    def expect(self, new: Mapping[str, AttributeType]) -> None:
        """Accept values of attributes that do not exist yet, for a dry run of an import; their ids are negative."""
        for number, (name, kind) in enumerate(new.items(), start=1):
            self.types[name], self.ids[name] = kind, -number

    def known(self, stored: Mapping[int, Value]) -> dict[str, Value]:
        """Return stored values by name, without those of deleted attributes."""
        return {self.names[key]: value for key, value in stored.items() if key in self.names}


class AttributeService:
    def __init__(self, attributes: AttributeRepository, lists: ListService, now: Clock) -> None:
        self._attributes, self._lists, self._now = attributes, lists, now
        self._shown = short_lived_cache()

    def all(self, account_id: str, list_id: int) -> list[Attribute]:
        """Return the attributes of the list in order of name. Raises NotFound for the list."""
        self._lists.get(account_id, list_id)
        return self._attributes.all(account_id, list_id)

    def of_account(self, account_id: str) -> list[Attribute]:
        """Return one attribute for each name in the account: the attribute of the oldest list with this name."""
        list_ids = {contact_list.id for contact_list in self._lists.all(account_id)}
        by_name: dict[str, Attribute] = {}
        for attribute in self._attributes.of_account(account_id):
            if attribute.list_id in list_ids:
                by_name.setdefault(attribute.name, attribute)
        return list(by_name.values())

    def ensure(self, account_id: str, list_id: int, wanted: Mapping[str, Definition]) -> None:
        """Create the missing attributes of the list. Raises Invalid past the quota."""
        known = self.schema(account_id, list_id).types
        for name, definition in wanted.items():
            if name not in known:
                with suppress(Conflict):
                    self._create_all(account_id, list_id, [name], definition)

    def values_of(
        self, account_id: str, list_id: int, texts: Mapping[str, str | None], *, is_open: bool
    ) -> dict[int, Value | None]:
        """Return the values to store by id of the attribute; None clears a value.

        With `is_open`, unknown attributes are created for values that are not blank, and a text attribute becomes a mediumtext
        for a long value. Raises Invalid for invalid values, and past the quota.
        """
        if not texts:
            return {}
        schema = self.schema(account_id, list_id)
        if is_open and rules.needs_change(schema.types, texts):
            self._create_missing(account_id, list_id, texts)
            schema = self.schema(account_id, list_id)
        if is_open:
            texts = {name: text for name, text in texts.items() if name in schema.types}
        return schema.values_of(texts)

    def open(self, account_id: str, list_id: int, texts: Mapping[str, str]) -> None:
        """Create missing attributes for these values, and widen text attributes for long values.

        Raises Invalid for an invalid name, and past the quota.
        """
        if rules.needs_change(self.schema(account_id, list_id).types, texts):
            self._create_missing(account_id, list_id, texts)

    def _create_missing(self, account_id: str, list_id: int, texts: Mapping[str, str | None]) -> None:
        """Create missing attributes for these values, and widen text attributes. Concurrent calls may do the same."""
        known = {attribute.name: attribute for attribute in self._attributes.all(account_id, list_id)}
        for name, text in texts.items():
            kind = rules.open_kind_of(text)
            if kind is None:
                continue
            with suppress(Conflict):
                if name not in known:
                    self._create_all(account_id, list_id, [name], plain_definition(kind), is_open=True)
                elif rules.must_widen(known[name], text):
                    self.change(account_id, list_id, name, {"type": kind})

    def get(self, account_id: str, list_id: int, name: str) -> Attribute:
        """Return the attribute with this name. Raises NotFound."""
        self._lists.get(account_id, list_id)
        return self._attributes.get(account_id, list_id, name)

    def create(self, account_id: str, list_id: int, *, name: str, kind: AttributeType) -> Attribute:
        """Create an attribute. Raises the errors of `create_all`."""
        return self.create_all(account_id, list_id, [name], kind)[0]

    def create_all(self, account_id: str, list_id: int, names: Sequence[str], kind: AttributeType) -> list[Attribute]:
        """Create attributes of one type.

        Raises NotFound for the list, Invalid for a name or beyond MAX_ATTRIBUTES, Conflict if the list has a name already.
        """
        return self._create_all(account_id, list_id, names, plain_definition(kind))

    def define(
        self,
        account_id: str,
        list_id: int,
        definition: Definition,
        presentation: Presentation,
        *,
        name: str | None = None,
    ) -> Attribute:
        """Create an attribute with all of its settings. Without a name it gets one from its merge tag, or from its id.

        Raises NotFound for the list, Invalid for wrong settings or beyond MAX_ATTRIBUTES, Conflict if the list has the merge
        tag already.
        """
        rules.check_definition(definition)
        rules.check_presentation(presentation)
        others = self.all(account_id, list_id)
        if presentation.merge_tag:
            check_merge_tag(presentation.merge_tag, others)
        attribute_id = sequences.allocate("attribute")
        tag = presentation.merge_tag or default_tag(attribute_id)
        name = name or name_of_tag(tag)
        if name.lower() in rules.RESERVED or any(other.name == name for other in others):
            name = f"{name}_{attribute_id}"
        return self._add(account_id, list_id, attribute_id, [name], definition, presentation)[0]

    def add_standard(self, account_id: str, list_id: int) -> None:
        """Create the standard attributes of a new list. Raises NotFound, or Conflict if it has one of them."""
        for order, (name, (definition, label)) in enumerate(rules.STANDARD.items(), start=1):
            self.define(account_id, list_id, definition, Presentation(label=label, order=order), name=name)

    def by_id(self, account_id: str, list_id: int, attribute_id: int) -> Attribute:
        """Return the attribute with this id. Raises NotFound."""
        for attribute in self.all(account_id, list_id):
            if attribute.id == attribute_id:
                return attribute
        raise NotFound("Unknown attribute.", code="attribute_not_found", field="attribute_id")

    def change(self, account_id: str, list_id: int, name: str, changes: Mapping[str, Any]) -> Attribute:
        """Change the definition of an attribute; the only change of type is from text to mediumtext.

        Raises NotFound, Invalid, or Conflict after a concurrent change.
        """
        before = self.get(account_id, list_id, name)
        after = replace(before, **changes, updated_at=self._now())
        rules.check_definition(after)
        rules.check_presentation(after)
        if after.merge_tag != before.merge_tag and after.merge_tag:
            check_merge_tag(after.merge_tag, self._attributes.all(account_id, list_id), own_id=before.id)
        self._attributes.change(before, after)
        self._shown.pop((account_id, list_id), None)
        return after

    def delete(self, attribute: Attribute) -> None:
        """Delete an attribute; its name can be used again at once. Raises NotFound if it was deleted meanwhile."""
        self._attributes.delete(attribute)
        self._shown.pop((attribute.account_id, attribute.list_id), None)

    def restore(self, attribute: Attribute) -> None:
        """Restore an attribute that was just deleted. Raises Conflict if its name is taken meanwhile."""
        self._attributes.add_all([attribute])
        self._shown.pop((attribute.account_id, attribute.list_id), None)

    def schema(self, account_id: str, list_id: int) -> Schema:
        """Return the attributes of the list, without reading the list itself."""
        return Schema(self._attributes.all(account_id, list_id))

    def schema_to_show(self, account_id: str, list_id: int, stored_ids: Collection[int]) -> Schema:
        """Return the attributes for showing stored values with these ids.

        They may be some seconds old, so that an attribute may still be shown after another process has deleted it. An
        attribute with a value is never missing, because this method reads again for an unknown id.
        """
        key = (account_id, list_id)
        kept: tuple[Schema | None, frozenset[int]] = self._shown.get(key, (None, frozenset()))
        schema, deleted_ids = kept
        if schema is None or not schema.names.keys() | deleted_ids >= set(stored_ids):
            schema = self.schema(account_id, list_id)
            self._shown[key] = (schema, deleted_ids | (set(stored_ids) - schema.names.keys()))
        return schema

    def _create_all(
        self, account_id: str, list_id: int, names: Sequence[str], definition: Definition, *, is_open: bool = False
    ) -> list[Attribute]:
        self._lists.get(account_id, list_id)
        check_name, quota = (
            (rules.check_open_name, MAX_OPEN_ATTRIBUTES) if is_open else (rules.check_name, MAX_ATTRIBUTES)
        )
        for name in names:
            check_name(name)
        first_id = sequences.allocate("attribute", len(names))
        return self._add(account_id, list_id, first_id, names, definition, Presentation(), quota=quota)

    def _add(
        self,
        account_id: str,
        list_id: int,
        first_id: int,
        names: Sequence[str],
        definition: Definition,
        presentation: Presentation,
        *,
        quota: int = MAX_ATTRIBUTES,
    ) -> list[Attribute]:
        """Store new attributes with ids from `first_id`."""
        now, values = self._now(), _values_of(definition) | _values_of(presentation)
        attributes = [
            Attribute(
                id=first_id + offset,
                account_id=account_id,
                list_id=list_id,
                name=name,
                created_at=now,
                updated_at=now,
                **values,
            )
            for offset, name in enumerate(names)
        ]
        add_within_quota(
            quota,
            size=len(attributes),
            add=lambda: self._attributes.add_all(attributes),
            undo=lambda: self._attributes.delete_all(attributes),
            count=lambda: len(self._attributes.all(account_id, list_id)),
            error=Invalid(f"A list has at most {quota} attributes.", code="too_many_attributes"),
        )
        self._shown.pop((account_id, list_id), None)
        return attributes


def _values_of(part: Definition | Presentation) -> dict[str, Any]:
    """Return the fields of the definition or the presentation alone, also of those of an attribute."""
    kind = Definition if isinstance(part, Definition) else Presentation
    return {field.name: getattr(part, field.name) for field in fields(kind)}

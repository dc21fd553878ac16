"""Store templates: a row for each, and its content as an object."""

from collections.abc import Iterable
from dataclasses import asdict

from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from postrider.content.model import Content
from postrider.content.store import ContentStore
from postrider.kit.errors import Invalid, NotFound
from postrider.ports.object_store import ObjectMissing, ObjectStore
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import batch_get, entity, on_condition_failure, transaction
from postrider.templates.model import Template
from postrider.templates.table import TemplateItem, TriggerNameItem

_PREFIX = "template#"
_TRIGGER_PREFIX = "trigger_name#"


def unknown() -> NotFound:
    return NotFound("Unknown template.", code="template_not_found", field="template_id")


class TemplateRepository:
    def __init__(self, objects: ObjectStore) -> None:
        self._contents = ContentStore(objects, "templates", is_kept=True)

    def get(self, account_id: str, template_id: int) -> Template:
        """Return the template. Raises NotFound."""
        item = item_or_none(TemplateItem, account_key(account_id), _PREFIX + padded(template_id))
        if item is None:
            raise unknown()
        return entity(Template, item)

    def all(self, account_id: str) -> list[Template]:
        """Return the templates of an account in order of id."""
        return [entity(Template, item) for item in items_of(TemplateItem, account_id, _PREFIX)]

    def many(self, account_id: str, template_ids: Iterable[int]) -> list[Template]:
        """Return the existing templates with these ids, with one call for 100."""
        keys = [(account_key(account_id), _PREFIX + padded(template_id)) for template_id in template_ids]
        items = (item for item in batch_get(TemplateItem, keys) if isinstance(item, TemplateItem))
        return [entity(Template, item) for item in items]

    def find_trigger_name(self, account_id: str, trigger_name: str) -> int | None:
        """Return the id of the template with this trigger name, which is not case-sensitive."""
        item = item_or_none(TriggerNameItem, account_key(account_id), _trigger_key(trigger_name))
        return None if item is None else int(item.template_id)

    def save_content(self, account_id: str, content_id: str, content: Content) -> None:
        """Store a content under a new id. The row that refers to it is stored afterwards."""
        self._contents.save(account_id, content_id, content)

    def delete_content(self, account_id: str, content_id: str) -> None:
        self._contents.delete(account_id, content_id)

    def content(self, template: Template) -> Content:
        """Return the content. Raises NotFound if the template was changed or deleted since it was read."""
        try:
            return self._contents.get(template.account_id, template.content_id)
        except ObjectMissing as exc:
            raise unknown() from exc

    def add(self, template: Template) -> None:
        """Store a new template. Raises Invalid if its trigger name is taken."""
        with on_condition_failure(_trigger_taken()), transaction() as writes:
            writes.save(_item(template))
            _claim_trigger(writes, template)

    def replace(self, before: Template, after: Template) -> None:
        """Store `after`. Raises Invalid if the template has changed since `before`, or the trigger name is taken."""
        is_renamed = _trigger_key(before.trigger_name or "") != _trigger_key(after.trigger_name or "")
        changed = Invalid(
            "The template was modified concurrently, or the trigger name is taken; read it and retry."
            if is_renamed and after.trigger_name
            else "The template was modified or deleted concurrently; read it and retry.",
            code="template_changed",
        )
        with on_condition_failure(changed), transaction() as writes:
            writes.save(_item(after), condition=_unchanged(before))
            if is_renamed:
                _release_trigger(writes, before)
                _claim_trigger(writes, after)

    def delete(self, template: Template) -> None:
        """Delete the template and its content. Raises Invalid after a concurrent change."""
        changed = Invalid("The template was modified concurrently; retry.", code="template_changed")
        with on_condition_failure(changed), transaction() as writes:
            writes.delete(_item(template), condition=_unchanged(template))
            _release_trigger(writes, template)
        self.delete_content(template.account_id, template.content_id)


def _item(template: Template) -> TemplateItem:
    return TemplateItem(account_key(template.account_id), _PREFIX + padded(template.id), **asdict(template))


def _unchanged(template: Template) -> Condition:
    unchanged: Condition = TemplateItem.content_id == template.content_id
    unchanged &= TemplateItem.updated_at == template.updated_at
    return unchanged


def _claim_trigger(writes: TransactWrite, template: Template) -> None:
    if template.trigger_name:
        key = _trigger_key(template.trigger_name)
        item = TriggerNameItem(account_key(template.account_id), key, template_id=template.id)
        writes.save(item, condition=TriggerNameItem.pk.does_not_exist())


def _release_trigger(writes: TransactWrite, template: Template) -> None:
    if template.trigger_name:
        writes.delete(TriggerNameItem(account_key(template.account_id), _trigger_key(template.trigger_name)))


def _trigger_taken() -> Invalid:
    return Invalid(
        "Another template has this trigger name; choose another one.", code="trigger_name_taken", field="trigger_name"
    )


def _trigger_key(trigger_name: str) -> str:
    return _TRIGGER_PREFIX + trigger_name.casefold()

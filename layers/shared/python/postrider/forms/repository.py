"""Store forms in the accounts table."""

from dataclasses import asdict
from typing import Any

from postrider.forms.model import Form
from postrider.forms.table import FormAddressItem, FormItem
from postrider.kit.errors import NotFound
from postrider.storage.accounts_table import account_key, item_or_none, items_of
from postrider.storage.dynamo import entity, on_condition_failure, transaction

_PREFIX = "form#"
_ADDRESS = "address"


def unknown_form() -> NotFound:
    return NotFound("Unknown form.", code="form_not_found", field="form_id")


def _item(owner: str, form_id: str, **values: Any) -> FormItem:
    return FormItem(account_key(owner), _PREFIX + form_id, **values)


class FormRepository:
    def get(self, account_id: str, form_id: str) -> Form:
        """Return a form. Raises NotFound."""
        item = item_or_none(FormItem, account_key(account_id), _PREFIX + form_id)
        if item is None:
            raise unknown_form()
        return entity(Form, item)

    def owner(self, form_id: str) -> str:
        """Return the id of the account that owns the form. Raises NotFound."""
        item = item_or_none(FormAddressItem, _PREFIX + form_id, _ADDRESS)
        if item is None:
            raise unknown_form()
        return item.account_id

    def all(self, account_id: str) -> list[Form]:
        """Return the forms of an account in order of creation."""
        forms = [entity(Form, item) for item in items_of(FormItem, account_id, _PREFIX)]
        return sorted(forms, key=lambda form: (form.created_at, form.id))

    def add(self, form: Form) -> None:
        with transaction() as write:
            write.save(_item(form.account_id, form.id, **asdict(form)))
            write.save(FormAddressItem(_PREFIX + form.id, _ADDRESS, account_id=form.account_id))

    def change(self, account_id: str, form_id: str, **values: Any) -> Form:
        """Set attributes of a form and return it. Raises NotFound."""
        item = _item(account_id, form_id)
        with on_condition_failure(unknown_form()):
            item.update(
                actions=[getattr(FormItem, name).set(value) for name, value in values.items()],
                condition=FormItem.pk.exists(),
            )
        return self.get(account_id, form_id)

    def delete(self, account_id: str, form_id: str) -> None:
        """Delete a form. Raises NotFound."""
        with on_condition_failure(unknown_form()), transaction() as write:
            write.delete(_item(account_id, form_id), condition=FormItem.pk.exists())
            write.delete(FormAddressItem(_PREFIX + form_id, _ADDRESS))

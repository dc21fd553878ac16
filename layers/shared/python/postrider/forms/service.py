"""Rules of forms: what an account may set up (reference, section 8)."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from postrider.forms.model import ACTIVE, DELETED, Form
from postrider.forms.repository import FormRepository, unknown_form
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.lists.model import ContactList
from postrider.lists.service import ACTIVE as LIST_ACTIVE
from postrider.lists.service import ListService

MAX_FORMS = 100
"""Per account; a listing reads all of them with one query."""
MAX_CONTENT_BYTES = 24 * 1024
"""Of each of the two contents: a listing of all forms stays below the 6 MB that Lambda answers with."""


class FormService:
    def __init__(self, forms: FormRepository, lists: ListService, now: Clock) -> None:
        self._forms, self._lists, self._now = forms, lists, now

    def all(self, account_id: str) -> list[Form]:
        """Those of lists that are not going away, in order of creation."""
        lists = {one.id for one in self._lists.all(account_id)}
        return [form for form in self._forms.all(account_id) if form.list_id in lists]

    def get(self, account_id: str, form_id: str) -> Form:
        """Raises NotFound, also when its list is going away."""
        form = self._forms.get(account_id, form_id)
        try:
            self._lists.get(account_id, form.list_id)
        except NotFound as exc:
            raise unknown_form() from exc
        return form

    def create(self, account_id: str, *, list_id: int, status: str = ACTIVE, **settings: Any) -> Form:
        """A form that people can use at once. Raises Invalid, for a list whose policy is not accepted as well."""
        _check_status(status, (ACTIVE,))
        self._lists.usable(account_id, list_id, field="list_id")
        _check_content(settings.get("content", {}))
        if len(self._forms.all(account_id)) >= MAX_FORMS:
            raise Invalid(f"An account has at most {MAX_FORMS} forms.", code="too_many_forms")
        now = self._now()
        form = Form(id=random_id(), account_id=account_id, list_id=list_id, created_at=now, updated_at=now, **settings)
        self._forms.add(form)
        return form

    def change(self, account_id: str, form_id: str, changes: dict[str, Any]) -> Form:
        """Set what is given; content and redirections key by key. The status deleted deletes it.

        Raises NotFound or Invalid.
        """
        before = self.get(account_id, form_id)
        status = changes.pop("status", ACTIVE)
        _check_status(status, (ACTIVE, DELETED))
        if changes.get("list_id", before.list_id) != before.list_id:
            self._lists.usable(account_id, changes["list_id"], field="list_id")
        _check_content(changes.get("content", {}))
        for name in ("content", "redirections"):
            if name in changes:
                changes = {**changes, name: {**getattr(before, name), **changes[name]}}
        if status == DELETED:
            self._forms.delete(account_id, form_id)
            return replace(before, **changes, status=DELETED)
        return self._forms.change(account_id, form_id, updated_at=self._now(), **changes) if changes else before

    def delete(self, account_id: str, form_id: str) -> None:
        """Its pages are gone at once; who signed up stays. Raises NotFound."""
        self.get(account_id, form_id)
        self._forms.delete(account_id, form_id)

    def opened(self, form_id: str) -> tuple[Form, ContactList]:
        """The form behind a public address and its list. Raises NotFound for one that nobody can use now."""
        form = self._forms.get(self._forms.owner(form_id), form_id)
        try:
            return form, self._lists.usable(form.account_id, form.list_id)
        except Invalid as exc:  # the list is archived or going away
            raise unknown_form() from exc

    def find(self, account_id: str, form_id: str) -> Form | None:
        """The form, if it is still there."""
        try:
            return self._forms.get(account_id, form_id) if form_id else None
        except NotFound:
            return None

    def way_in(self, contact_list: ContactList) -> Form | None:
        """The oldest form by which people can join the list now."""
        if contact_list.status != LIST_ACTIVE or not contact_list.policy_accepted:
            return None
        forms = (form for form in self._forms.all(contact_list.account_id) if form.list_id == contact_list.id)
        return next(forms, None)

    def after_opt_out(self, account_id: str, list_id: int) -> str | None:
        """Where those go who leave: as their list says, else its oldest form that says anything, else nowhere."""
        try:
            said = self._lists.get(account_id, list_id).redirections.get("after_opt_out")
        except NotFound:
            return None
        forms = (form for form in self._forms.all(account_id) if form.list_id == list_id)
        return said or next(filter(None, (form.redirections.get("after_opt_out") for form in forms)), None)

    def forget_list(self, account_id: str, list_id: int) -> None:
        """Delete the forms of a list that is gone."""
        for form in self._forms.all(account_id):
            if form.list_id == list_id:
                with suppress(NotFound):  # an earlier try deleted it
                    self._forms.delete(account_id, form.id)


def _check_status(status: str, allowed: tuple[str, ...]) -> None:
    if status not in allowed:
        raise Invalid(f"The status can be {' or '.join(allowed)}.", code="form_status_invalid", field="status")


def _check_content(content: dict[str, str | None]) -> None:
    for place, html in content.items():
        if html is not None and len(html.encode()) > MAX_CONTENT_BYTES:
            raise Invalid(
                f"The content has more than {MAX_CONTENT_BYTES} bytes.",
                code="form_content_too_large",
                field=("content", place),
            )

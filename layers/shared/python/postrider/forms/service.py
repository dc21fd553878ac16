"""Create, change and delete forms (main-api.md, section 8)."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from postrider.accounts.service import AccountService
from postrider.forms.model import ACTIVE, DELETED, Form
from postrider.forms.repository import FormRepository, unknown_form
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.kit.quotas import add_within_quota
from postrider.lists.model import ContactList
from postrider.lists.service import ACTIVE as LIST_ACTIVE
from postrider.lists.service import ListService

MAX_FORMS = 100
"""Maximum number of forms of an account; a listing reads all of them with one query."""
MAX_CONTENT_BYTES = 24 * 1024
"""Maximum size of each of the two contents, so that a listing of all forms is smaller than a Lambda response (6 MB)."""


class FormService:
    def __init__(self, forms: FormRepository, lists: ListService, accounts: AccountService, now: Clock) -> None:
        self._forms, self._lists, self._accounts, self._now = forms, lists, accounts, now

    def all(self, account_id: str) -> list[Form]:
        """Return the forms of lists that are not being deleted, in order of creation."""
        list_ids = {contact_list.id for contact_list in self._lists.all(account_id)}
        return [form for form in self._forms.all(account_id) if form.list_id in list_ids]

    def get(self, account_id: str, form_id: str) -> Form:
        """Return a form. Raises NotFound, also if its list is being deleted."""
        form = self._forms.get(account_id, form_id)
        try:
            self._lists.get(account_id, form.list_id)
        except NotFound as exc:
            raise unknown_form() from exc
        return form

    def create(self, account_id: str, *, list_id: int, status: str = ACTIVE, **settings: Any) -> Form:
        """Create a form, which is public at once. Raises Invalid, also for a list whose policy is not accepted."""
        _check_status(status, (ACTIVE,))
        self._lists.usable(account_id, list_id, field="list_id")
        _check_content(settings.get("content", {}))
        now = self._now()
        form = Form(id=random_id(), account_id=account_id, list_id=list_id, created_at=now, updated_at=now, **settings)
        add_within_quota(
            MAX_FORMS,
            add=lambda: self._forms.add(form),
            undo=lambda: self._forms.delete(account_id, form.id),
            count=lambda: len(self._forms.all(account_id)),
            error=Invalid(f"Too many forms: an account has at most {MAX_FORMS}.", code="too_many_forms"),
        )
        return form

    def change(self, account_id: str, form_id: str, changes: dict[str, Any]) -> Form:
        """Change a form: set `changes`, content and redirections key by key. The status "deleted" deletes the form.

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
        """Delete a form and its pages, but not its contacts. Raises NotFound."""
        self.get(account_id, form_id)
        self._forms.delete(account_id, form_id)

    def get_public(self, form_id: str) -> tuple[Form, ContactList]:
        """Return a public form and its list. Raises NotFound if the form cannot be used now."""
        form = self._forms.get(self._forms.owner(form_id), form_id)
        if not self._accounts.is_open(form.account_id):
            raise unknown_form()
        try:
            return form, self._lists.usable(form.account_id, form.list_id)
        except Invalid as exc:  # the list is archived or being deleted
            raise unknown_form() from exc

    def find(self, account_id: str, form_id: str) -> Form | None:
        """Return the form, or None if it does not exist."""
        try:
            return self._forms.get(account_id, form_id) if form_id else None
        except NotFound:
            return None

    def find_signup_form(self, contact_list: ContactList) -> Form | None:
        """Return the oldest form with which people can subscribe to the list now, or None."""
        if contact_list.status != LIST_ACTIVE or not contact_list.policy_accepted:
            return None
        forms = (form for form in self._forms.all(contact_list.account_id) if form.list_id == contact_list.id)
        return next(forms, None)

    def opt_out_url(self, account_id: str, list_id: int) -> str | None:
        """Return the redirection URL after unsubscribing: of the list, or else of its oldest form that has such a URL."""
        try:
            url = self._lists.get(account_id, list_id).redirections.get("after_opt_out")
        except NotFound:
            return None
        forms = (form for form in self._forms.all(account_id) if form.list_id == list_id)
        return url or next(filter(None, (form.redirections.get("after_opt_out") for form in forms)), None)

    def delete_rows_of_list(self, account_id: str, list_id: int) -> None:
        """Delete the forms of a deleted list."""
        for form in self._forms.all(account_id):
            if form.list_id == list_id:
                with suppress(NotFound):  # an earlier attempt deleted it
                    self._forms.delete(account_id, form.id)


def _check_status(status: str, allowed: tuple[str, ...]) -> None:
    if status not in allowed:
        reason = f"Invalid status: expected {' or '.join(allowed)}."
        raise Invalid(reason, code="form_status_invalid", field="status")


def _check_content(content: dict[str, str | None]) -> None:
    for place, html in content.items():
        if html is not None and len(html.encode()) > MAX_CONTENT_BYTES:
            raise Invalid(
                f"The content is too large: at most {MAX_CONTENT_BYTES} bytes are allowed.",
                code="form_content_too_large",
                field=("content", place),
            )

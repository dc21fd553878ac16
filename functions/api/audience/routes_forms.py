"""Forms over HTTP: /forms. Their public pages are in functions/pages."""

from typing import Annotated, Any

from functions.api.audience.schemas_forms import (
    CreateForm,
    CreateFormResponse,
    DeleteFormResponse,
    FormFullResponse,
    FormResponse,
    FormsResponse,
    PatchForm,
    PatchFormResponse,
)
from postrider import bootstrap
from postrider.content.links import FORM_PATH
from postrider.forms.model import Form
from postrider.forms.service import FormService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import FormId, FormSort
from postrider.kit.clock import unix

operations = Operations("Form", MAIN)
Forms = Annotated[FormService, Depends(bootstrap.forms)]
Reader = Annotated[Caller, Depends(needs("forms:read"))]
Writer = Annotated[Caller, Depends(needs("forms:write"))]
SORTS = {
    "name": "name",
    "language": "language",
    "created_on": "created_at",
    "last_updated_on": "updated_at",
    "list_id": "list_id",
    "status": "status",
}


def _full(form: Form) -> FormFullResponse:
    page = f"{bootstrap.public_base_url()}/{FORM_PATH}/{form.id}"
    return FormFullResponse.model_validate(
        {
            "id": form.id,
            "name": form.name,
            "status": form.status,
            "content": form.content,
            "language": form.language,
            "created_on": unix(form.created_at),
            "last_updated_on": unix(form.updated_at),
            "url": {"linked": page, "embedded": f"{page}/embed"},
            "thumbnail": None,
            "thumbnail_url": None,
            "redirections": form.redirections,
            "list_id": form.list_id,
            "double_opt_in": form.double_opt_in,
        }
    )


def _settings(body: CreateForm | PatchForm) -> dict[str, Any]:
    """Return the settings that the body sets. Null clears nested values only."""
    values = body.model_dump(mode="json", exclude_unset=True)
    return {name: value for name, value in values.items() if value is not None}


@operations.get("/forms", "List forms")
def list_forms(caller: Reader, forms: Forms, paging: PageRequest, sort: FormSort = None) -> FormsResponse:
    """Return a page of the account's forms.

    Sortable by name, language, created_on, last_updated_on, list_id and status.
    """
    all_forms = forms.all(caller.account_id)
    pagination, items = listing(all_forms, paging, sort=sort, sorts=SORTS)
    return FormsResponse(pagination=pagination, data=[_full(form) for form in items])


@operations.post("/forms", "Create a form", status=201)
def create_form(caller: Writer, forms: Forms, body: CreateForm) -> CreateFormResponse:
    """Create a sign-up form for a list, with a public page and HTML to embed.

    Your HTML is cleaned when it is shown. With an input named `email` it is the form itself; otherwise it is shown above a
    generated form. Refused with 400: a list whose policy has not been accepted, more than the maximum number of forms, and
    too large HTML.
    """
    form = forms.create(caller.account_id, **_settings(body))
    return CreateFormResponse(id=form.id, object="form", created=True, data=_full(form))


@operations.get("/forms/{form_id}", "Show a form")
def get_form(caller: Reader, forms: Forms, form_id: FormId) -> FormResponse:
    """Return one form, with the URL of its page and its HTML to embed."""
    return FormResponse(data=_full(forms.get(caller.account_id, form_id)))


@operations.patch("/forms/{form_id}", "Change a form")
def patch_form(caller: Writer, forms: Forms, form_id: FormId, body: PatchForm) -> PatchFormResponse:
    """Change a form; missing values do not change."""
    form = forms.change(caller.account_id, form_id, _settings(body))
    return PatchFormResponse(id=form.id, object="form", updated=True, data=_full(form))


@operations.delete("/forms/{form_id}", "Delete a form")
def delete_form(caller: Writer, forms: Forms, form_id: FormId) -> DeleteFormResponse:
    """Delete a form; its page answers 404 afterwards."""
    forms.delete(caller.account_id, form_id)
    return DeleteFormResponse(id=form_id, object="form", deleted=True)

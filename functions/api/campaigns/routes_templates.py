"""Templates over HTTP: /templates."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.api.campaigns.render_contents import content_fields, contents_listing, summary_fields
from functions.api.campaigns.schemas_templates import (
    CreateTemplateResponse,
    DeleteTemplateResponse,
    PatchTemplate,
    PatchTemplateResponse,
    TemplateCreate,
    TemplateFullResponse,
    TemplateResponse,
    TemplatesResponse,
    TemplateSummaryResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.contents import HTML, html_response
from postrider.http.main.dialect import MAIN
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import Filter, Sort
from postrider.templates.model import Template
from postrider.templates.service import TemplateService

operations = Operations("Template", MAIN)
Templates = Annotated[TemplateService, Depends(bootstrap.templates)]
Reader = Annotated[Caller, Depends(needs("templates:read"))]
Writer = Annotated[Caller, Depends(needs("templates:write"))]
TemplateId = Annotated[int, Path()]


def _summary(template: Template) -> dict[str, Any]:
    return {**summary_fields(template), "trigger_name": template.trigger_name}


def _full(templates: TemplateService, template: Template) -> TemplateFullResponse:
    content = content_fields(templates.content(template))
    return TemplateFullResponse.model_validate({**_summary(template), "content": content})


def _content(body: TemplateCreate | PatchTemplate) -> dict[str, Any]:
    """Return the fields of the content that the body sets, in the words of the domain."""
    if body.content is None:
        return {}
    return body.content.model_dump(mode="json", exclude_unset=True)


@operations.get("/templates", "List templates")
def list_templates(
    caller: Reader, templates: Templates, paging: PageRequest, filter_text: Filter = None, sort: Sort = "id"
) -> TemplatesResponse:
    """Return a page of the account's templates, without their contents.

    Filterable by tag, name, is_owner and is_not_owner; sortable by id, created_on, updated_on and name.
    """
    pagination, items = contents_listing(
        templates.all(caller.account_id),
        paging,
        sort=sort,
        filter_text=filter_text,
    )
    data = [TemplateSummaryResponse.model_validate(_summary(template)) for template in items]
    return TemplatesResponse(pagination=pagination, data=data)


@operations.post("/templates", "Create a template", status=201)
def create_template(caller: Writer, templates: Templates, body: TemplateCreate) -> CreateTemplateResponse:
    """Create a template.

    The content is checked as for campaigns: invalid merge tags, unsafe headers and too deeply nested HTML are refused with
    400 and their place. A content of the type `custom` with the member `mjml` in `json` is compiled to HTML. Refused with
    400: a trigger name of another template, and more than 1,000 templates.
    """
    template = templates.create(
        caller.account_id, name=body.name, content=_content(body), tags=body.tags, trigger_name=body.trigger_name
    )
    return CreateTemplateResponse(id=template.id, object="template", created=True)


@operations.get("/templates/{template_id}", "Show a template")
def get_template(caller: Reader, templates: Templates, template_id: TemplateId) -> TemplateResponse:
    """Return a template with its content."""
    return TemplateResponse(data=_full(templates, templates.get(caller.account_id, template_id)))


@operations.patch("/templates/{template_id}", "Change a template")
def patch_template(
    caller: Writer, templates: Templates, template_id: TemplateId, body: PatchTemplate
) -> PatchTemplateResponse:
    """Change a template; missing values do not change, and null removes the trigger name.

    Campaigns that were created from the template keep their copy. Refused with 400: values that a new template may not
    have, and a concurrent change.
    """
    settings = body.model_dump(mode="json", exclude_unset=True, exclude={"content"})
    if settings.get("name", "") is None:
        del settings["name"]
    template = templates.change(caller.account_id, template_id, settings=settings, content=_content(body))
    return PatchTemplateResponse(id=template.id, object="template", updated=True, data=_full(templates, template))


@operations.delete("/templates/{template_id}", "Delete a template")
def delete_template(caller: Writer, templates: Templates, template_id: TemplateId) -> DeleteTemplateResponse:
    """Delete a template; campaigns that were created from it keep their copy."""
    templates.delete(caller.account_id, template_id)
    return DeleteTemplateResponse(id=template_id, object="template", deleted=True)


@operations.get("/templates/{template_id}/render", "Render a template", responses=HTML)
def render_template(caller: Reader, templates: Templates, template_id: TemplateId) -> Response[str]:
    """Return the HTML of a template, merged with the fields of the account's company.

    Tags of attributes are not replaced, since they belong to a list. A text-only template is shown as preformatted text.
    Links are not tracked.
    """
    return html_response(templates.render(templates.get(caller.account_id, template_id)))

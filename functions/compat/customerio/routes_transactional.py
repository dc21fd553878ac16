"""Transactional messages over Customer.io's App API: /v1/transactional. They are the templates of the account."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.schemas_transactional import (
    TransactionalMessage,
    TransactionalMessageResponse,
    TransactionalMessagesResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.templates.model import Template
from postrider.templates.service import TemplateService

operations = Operations("Transactional", CUSTOMERIO)
Templates = Annotated[TemplateService, Depends(bootstrap.templates)]
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("emails:read"))]
TransactionalId = Annotated[int, Path(description="Transactional message.")]


@operations.get("/v1/transactional", "List transactional messages")
def list_transactional_messages(caller: Reader, templates: Templates) -> TransactionalMessagesResponse:
    """Return the templates of the account that have a trigger name, in order of id."""
    triggered = [template for template in templates.all(caller.account_id) if template.trigger_name]
    return TransactionalMessagesResponse(messages=[_shown(template) for template in triggered])


@operations.get("/v1/transactional/{transactional_id}", "Get a transactional message", errors=(400, 401, 404))
def get_transactional_message(
    caller: Reader, templates: Templates, transactional_id: TransactionalId
) -> TransactionalMessageResponse:
    """Return a template by its number, which `POST /v1/send/email` accepts for templates with and without a trigger name."""
    return TransactionalMessageResponse(message=_shown(templates.get(caller.account_id, transactional_id)))


def _shown(template: Template) -> TransactionalMessage:
    return TransactionalMessage(
        id=template.id,
        name=template.name,
        trigger_name=template.trigger_name,
        description="",
        send_to_unsubscribed=True,
        link_tracking=True,
        open_tracking=True,
        hide_message_body=False,
        queue_drafts=False,
        created_at=template.created_at,
        updated_at=template.updated_at,
    )

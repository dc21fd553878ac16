"""Transactional mail over HTTP: /emails."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.api.emails.schemas_emails import (
    DeleteEmailResponse,
    ReleaseEmailResponse,
    SendEmail,
    SendEmailResponse,
    TransactionalEmailResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.kit.clock import from_unix
from postrider.transactional.model import MailAddress, MailRequest
from postrider.transactional.rules import attachment_of
from postrider.transactional.service import TransactionalService

operations = Operations("Transactional Email", MAIN)
Mails = Annotated[TransactionalService, Depends(bootstrap.transactional_mails)]
EmailId = Annotated[int, Path(description="The id of a mail.")]
Writer = Annotated[Caller, Depends(needs("emails:write"))]


def _order_of(body: SendEmail) -> MailRequest:
    content, file = body.content, body.attachment
    template = content.template
    attributes = template.custom_attributes if template and template.custom_attributes else []
    return MailRequest(
        to=(MailAddress(email=body.email),),
        sender_id=body.sender.id,
        sender_name=body.sender.name,
        subject=content.subject,
        html=content.html,
        text=content.text,
        encoding=content.encoding.value,
        template=template.id if template else None,
        attributes={attribute.name: attribute.value for attribute in attributes},
        headers=tuple((header.name, header.value) for header in body.additional_headers or ()),
        attachments=(attachment_of(file.type.value, file.filename, file.data),) if file else (),
        group_id=body.group_id,
        tracking=body.tracking.model_dump(exclude_none=True) if body.tracking else {},
        send_at=None if body.send_at is None else from_unix(body.send_at),
        is_draft=bool(body.draft),
    )


@operations.post("/emails", "Send a transactional email", status=201)
def send_email(caller: Writer, mails: Mails, body: SendEmail) -> SendEmailResponse:
    """Send one mail to one address: a receipt, a reminder, a password.

    Give `html`, `text` or a template, or several of them; own parts override parts of the template. `custom_attributes` are
    the values of the merge tags of a template. The mail is sent at least once: if a crash hides whether it was sent, it is
    sent once more. With `send_at` it is sent later, and a `draft` after its release. With an `Idempotency-Key` the call can
    be repeated safely. Refused with 400: a suppressed address, an unconfirmed sender, reserved headers, and an account that
    has reached its monthly limit of mails.
    """
    mail = mails.send(caller.account_id, _order_of(body))
    is_sent = not mail.is_draft and mail.due_at <= mail.created_at
    data = TransactionalEmailResponse(id=mail.id)
    return SendEmailResponse(email=body.email, object="email", sent=is_sent, data=data)


@operations.post("/emails/{email_id}/release", "Release a draft of a transactional email")
def release_email(caller: Writer, mails: Mails, email_id: EmailId) -> ReleaseEmailResponse:
    """Send a draft now, or at its `send_at`. A mail that was released already is not sent again."""
    mail = mails.release(caller.account_id, email_id)
    return ReleaseEmailResponse(id=mail.id, object="email", released=True)


@operations.delete("/emails/{email_id}", "Delete a draft or scheduled transactional email")
def delete_email(caller: Writer, mails: Mails, email_id: EmailId) -> DeleteEmailResponse:
    """Delete a draft, or a mail whose `send_at` lies in the future, so that it is never sent."""
    mail = mails.cancel(caller.account_id, email_id)
    return DeleteEmailResponse(id=mail.id, object="email", deleted=True)

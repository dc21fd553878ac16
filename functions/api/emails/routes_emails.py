"""Transactional mail over HTTP: /emails."""

from typing import Annotated

from functions.api.emails.schemas_emails import SendEmail, SendEmailResponse, TransactionalEmailResponse
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.transactional.model import Mailbox, MailOrder
from postrider.transactional.rules import attachment_of
from postrider.transactional.service import TransactionalService

operations = Operations("Transactional Email", MAIN)
Mails = Annotated[TransactionalService, Depends(bootstrap.transactional_mails)]
Writer = Annotated[Caller, Depends(needs("emails:write"))]


def _order_of(body: SendEmail) -> MailOrder:
    content, file = body.content, body.attachment
    template = content.template
    attributes = template.custom_attributes if template and template.custom_attributes else []
    return MailOrder(
        to=(Mailbox(email=body.email),),
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
    )


@operations.post("/emails", "Send a transactional email", status=201)
def send_email(caller: Writer, mails: Mails, body: SendEmail) -> SendEmailResponse:
    """Send one mail to one address: a receipt, a reminder, a password.

    Give `html`, `text` or a template, or several of them; own parts stand above those of the template. The merge tags of a
    template are filled with `custom_attributes`. The mail is sent at least once: when a crash hides whether it left, it is
    sent once more. An `Idempotency-Key` makes repetitions of the call safe. Refused with 400: a suppressed address, a sender
    that is not confirmed, reserved headers, and an account that has reached its limit of mails a month.
    """
    mail = mails.send(caller.account_id, _order_of(body))
    return SendEmailResponse(email=body.email, object="email", sent=True, data=TransactionalEmailResponse(id=mail.id))

"""Messages to one person over Customer.io's App API: /v1/send."""

from typing import Annotated

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.errors import SEND_ERRORS
from functions.compat.customerio.schemas_sends import SendEmailRequest, SendPushRequest, SendResponse
from functions.compat.customerio.translate_sends import order_of, push_of
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.kit.wire_ids import with_padding
from postrider.messages.ids import copy_key, push_key
from postrider.transactional.service import TransactionalService

operations = Operations("Send Messages", CUSTOMERIO)
Mails = Annotated[TransactionalService, Depends(bootstrap.transactional_mails)]
Writer = Annotated[Caller, Depends(CUSTOMERIO.needs("emails:write"))]


@operations.post("/v1/send/email", "Send a transactional email", errors=(400, 401, 403, 413), error_models=SEND_ERRORS)
def send_email(caller: Writer, mails: Mails, body: SendEmailRequest) -> SendResponse:
    """Send a mail for one person, with a template, an own content, or both. An unknown person is created.

    Own parts override parts of the template. If the address has complained or bounced, the message is dropped. If a value is
    missing, it fails. The answer has the id of the message.
    """
    mail = mails.send(caller.account_id, order_of(body))
    message_id = bootstrap.message_ids().of(caller.account_id, copy_key(mail.id, mail.id))
    return SendResponse(
        delivery_id=with_padding(message_id),
        queued_at=mail.created_at,
        send_at=mail.due_at,
    )


@operations.post("/v1/send/push", "Send a transactional push", errors=(400, 401), error_models=SEND_ERRORS)
def send_push(caller: Writer, body: SendPushRequest) -> SendResponse:
    """Send a message to the devices of one person. An unknown person is created.

    Title and message of the call override subject and text of the template. Without a push service in the deployment, or a
    device of the person, the message fails.
    """
    push = bootstrap.pushes().send(caller.account_id, push_of(body))
    return SendResponse(
        delivery_id=with_padding(bootstrap.message_ids().of(caller.account_id, push_key(push))),
        queued_at=push.created_at,
        send_at=push.due_at,
    )

"""Senders over HTTP: /brands/default/senders."""

from typing import Annotated

from functions.api.accounts.schemas_senders import (
    ConfirmSender,
    ConfirmSenderResponse,
    CreateSender,
    CreateSenderResponse,
    DeleteSenderResponse,
    PatchSenderResponse,
    ResendConfirmationEmailResponse,
    SenderFullResponse,
    SenderResponse,
    SendersResponse,
    UpdateSender,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import SenderId, Sort
from postrider.kit.clock import unix_or_none
from postrider.senders.confirmation import SenderConfirmation
from postrider.senders.model import Sender
from postrider.senders.service import SenderService

operations = Operations("Sender", MAIN)
Senders = Annotated[SenderService, Depends(bootstrap.senders)]
Confirmation = Annotated[SenderConfirmation, Depends(bootstrap.sender_confirmation)]
Reader = Annotated[Caller, Depends(needs("senders:read"))]
Writer = Annotated[Caller, Depends(needs("senders:write"))]
SORTS = {"name": "name", "email": "email", "confirmed": "confirmed"}


def _full(sender: Sender) -> SenderFullResponse:
    return SenderFullResponse(
        id=sender.id,
        name=sender.name,
        email=sender.email,
        confirmed=sender.confirmed,
        confirmed_on=unix_or_none(sender.confirmed_at),
        language=sender.language,
        last_confirmation_sent_on=unix_or_none(sender.last_confirmation_sent_at),
    )


@operations.get("/brands/default/senders", "List senders")
def list_senders(caller: Reader, senders: Senders, paging: PageRequest, sort: Sort = None) -> SendersResponse:
    """Return a page of the account's senders.

    Sortable by name, email and confirmed.
    """
    all_senders = senders.all(caller.account_id)
    pagination, items = listing(all_senders, paging, sort=sort, sorts=SORTS)
    return SendersResponse(pagination=pagination, data=[_full(sender) for sender in items])


@operations.post("/brands/default/senders", "Create a sender", status=201)
def create_sender(caller: Writer, confirmation: Confirmation, body: CreateSender) -> CreateSenderResponse:
    """Create a sender and mail a confirmation link to its address.

    The sender can be used after the link was opened. Refused with 400: an address that is a sender of the account already,
    a name that shows another address, more than the maximum number of senders, and too many confirmation mails in an hour.
    """
    sender = confirmation.create(
        caller.account_id, name=body.name, email=body.email, language=body.language, login=caller.email
    )
    return CreateSenderResponse(id=sender.id, created=True, object="sender", data=_full(sender))


@operations.get("/brands/default/senders/{sender_id}", "Show a sender")
def get_sender(caller: Reader, senders: Senders, sender_id: SenderId) -> SenderResponse:
    """Return one sender."""
    return SenderResponse(data=_full(senders.get(caller.account_id, sender_id)))


@operations.patch("/brands/default/senders/{sender_id}", "Change a sender")
def patch_sender(caller: Writer, senders: Senders, sender_id: SenderId, body: UpdateSender) -> PatchSenderResponse:
    """Change the name or language of a sender.

    The address cannot be changed: create another sender instead.
    """
    changes = body.model_dump(exclude_unset=True, exclude_none=True)
    sender = senders.change(caller.account_id, sender_id, changes)
    return PatchSenderResponse(id=sender.id, updated=True, object="sender", data=_full(sender))


@operations.delete("/brands/default/senders/{sender_id}", "Delete a sender")
def delete_sender(caller: Writer, sender_id: SenderId) -> DeleteSenderResponse:
    """Delete a sender.

    Refused with 400 while a list, a campaign or a workflow uses it.
    """
    bootstrap.sender_deletion().delete(caller.account_id, sender_id)
    return DeleteSenderResponse(id=sender_id, deleted=True, object="sender")


@operations.post("/brands/default/senders/confirm-email", "Confirm a sender's address", public=True)
def confirm_sender(confirmation: Confirmation, body: ConfirmSender) -> ConfirmSenderResponse:
    """Confirm a sender's address with the id from the confirmation mail.

    Needs no token: the id proves that the caller has read the mail. An id works once; an unknown, used or expired id gets
    400.
    """
    sender = confirmation.confirm(body.confirmation_id)
    return ConfirmSenderResponse(confirmed=True, object="sender", data=_full(sender))


@operations.post("/brands/default/senders/{sender_id}/resend-confirmation-email", "Send the confirmation mail again")
def resend_confirmation_email(
    caller: Writer, confirmation: Confirmation, sender_id: SenderId
) -> ResendConfirmationEmailResponse:
    """Mail the confirmation link of a sender again.

    Refused with 400 if the sender is confirmed already, or a confirmation mail was sent less than a minute ago.
    """
    confirmation.resend(caller.account_id, sender_id)
    return ResendConfirmationEmailResponse(id=sender_id, resent=True, object="sender")

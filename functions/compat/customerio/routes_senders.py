"""Senders over Customer.io's App API: /v1/sender_identities."""

from email.headerregistry import Address
from enum import StrEnum
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.dates import deduplicate_id
from functions.compat.customerio.paging import Limit, Start, page_after
from functions.compat.customerio.render_uses import shown_uses
from functions.compat.customerio.schemas_senders import SenderIdentitiesPage, SenderIdentity, SenderIdentityResponse
from functions.compat.customerio.schemas_uses import UsedBy
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.senders.model import Sender

operations = Operations("Sender Identities", CUSTOMERIO)
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("senders:read"))]
SenderId = Annotated[int, Path(description="Sender identity.")]


class Order(StrEnum):
    ASC = "asc"
    DESC = "desc"


Sort = Annotated[Order, Query(description="By time of creation.")]


@operations.get("/v1/sender_identities", "List senders", errors=(400, 401))
def list_sender_identities(
    caller: Reader, start: Start = None, limit: Limit = None, sort: Sort = Order.ASC
) -> SenderIdentitiesPage:
    """Return a page of the senders of the account whose addresses are confirmed."""
    senders = [sender for sender in bootstrap.senders().all(caller.account_id) if sender.confirmed]
    page, next_start = page_after(
        caller.account_id,
        f"senders#{sort}",
        senders,
        start=start,
        limit=limit,
        key=lambda sender: sender.numeric_id,
        is_descending=sort == Order.DESC,
    )
    return SenderIdentitiesPage(sender_identities=[_shown(sender) for sender in page], next=next_start)


@operations.get("/v1/sender_identities/{sender_id}", "Get a sender", errors=(400, 401, 404))
def get_sender_identity(caller: Reader, sender_id: SenderId) -> SenderIdentityResponse:
    """Return a sender by its number."""
    sender = bootstrap.senders().get_by_numeric_id(caller.account_id, sender_id)
    return SenderIdentityResponse(sender_identity=_shown(sender))


@operations.get("/v1/sender_identities/{sender_id}/used_by", "What uses a sender", errors=(400, 401, 404))
def get_sender_identity_used_by(caller: Reader, sender_id: SenderId) -> UsedBy:
    """Return the users of the sender: workflows and broadcasts as campaigns, and newsletters."""
    sender = bootstrap.senders().get_by_numeric_id(caller.account_id, sender_id)
    return shown_uses(bootstrap.use_finder().of_sender(caller.account_id, sender.id))


def _shown(sender: Sender) -> SenderIdentity:
    return SenderIdentity(
        id=sender.numeric_id,
        deduplicate_id=deduplicate_id(sender.numeric_id, sender.confirmed_at or sender.created_at),
        name=sender.name,
        email=sender.email,
        address=str(Address(sender.name, addr_spec=sender.email)),
        template_type="email",
        auto_generated=False,
    )

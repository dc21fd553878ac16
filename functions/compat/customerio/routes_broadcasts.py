"""Broadcasts over Customer.io's App API: /v1/broadcasts."""

from itertools import islice
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.compat.customerio import schemas_broadcasts as schemas
from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.paging import Limit, Start, clamped, next_of, position_of
from functions.compat.customerio.render_broadcasts import shown_broadcast, shown_trigger
from functions.compat.customerio.translate_broadcasts import broadcast_of, broadcasts_of
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations

operations = Operations("Broadcasts", CUSTOMERIO)
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("campaigns:read"))]
BroadcastId = Annotated[int, Path(description="Broadcast.")]


@operations.get("/v1/broadcasts", "List broadcasts")
def list_broadcasts(caller: Reader) -> schemas.BroadcastsResponse:
    """Return the campaigns of the default list that were created with `triggered`, in order of id."""
    return schemas.BroadcastsResponse(broadcasts=[shown_broadcast(each) for each in broadcasts_of(caller.account_id)])


@operations.get("/v1/broadcasts/{broadcast_id}", "Get a broadcast", errors=(400, 401, 404))
def get_broadcast(caller: Reader, broadcast_id: BroadcastId) -> schemas.BroadcastResponse:
    """Return a broadcast."""
    return schemas.BroadcastResponse(broadcast=shown_broadcast(broadcast_of(caller.account_id, broadcast_id)))


@operations.get("/v1/broadcasts/{broadcast_id}/triggers", "List the triggers of a broadcast", errors=(400, 401, 404))
def list_broadcast_triggers(
    caller: Reader, broadcast_id: BroadcastId, start: Start = None, limit: Limit = None
) -> schemas.BroadcastTriggers:
    """Return a page of the triggers of a broadcast, the latest first."""
    broadcast = broadcast_of(caller.account_id, broadcast_id)
    listing = f"triggers#{broadcast.id}"
    before, size = position_of(caller.account_id, listing, start), clamped(limit)
    children = list(islice(bootstrap.campaigns().children(caller.account_id, broadcast.id, before=before), size + 1))
    following = children[size - 1].number if len(children) > size else None
    return schemas.BroadcastTriggers(
        triggers=[shown_trigger(child) for child in children[:size]],
        next=next_of(caller.account_id, listing, following),
    )

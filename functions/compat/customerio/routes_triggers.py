"""Triggers of broadcasts over Customer.io's App API: /v1/campaigns/{broadcast_id}/triggers."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.compat.customerio import schemas_broadcasts as schemas
from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.limits import TRIGGERS
from functions.compat.customerio.paging import Limit, Start, page_after
from functions.compat.customerio.render_broadcasts import shown_trigger
from functions.compat.customerio.translate_broadcasts import audience_of, broadcast_of
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations

operations = Operations("Send Messages", CUSTOMERIO)
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("campaigns:read"))]
Writer = Annotated[Caller, Depends(CUSTOMERIO.needs("campaigns:write"))]
BroadcastId = Annotated[int, Path(description="Broadcast.")]
TriggerId = Annotated[int, Path(description="Trigger.")]


@operations.post("/v1/campaigns/{broadcast_id}/triggers", "Trigger a broadcast", errors=(400, 401, 404, 422, 429))
def trigger_broadcast(
    caller: Writer, broadcast_id: BroadcastId, body: schemas.TriggerBroadcastRequest | None = None
) -> schemas.TriggerResponse:
    """Send a broadcast to its own audience, to the matches of a filter, or to named people; to each at most once.

    All named people must exist, unless a flag allows unknown ones. A broadcast accepts one trigger in 10 seconds. A file is
    fetched within seconds after the answer; its problems are in the errors of the trigger.
    """
    broadcast = broadcast_of(caller.account_id, broadcast_id)
    shape = schemas.TriggerDefaultAudience() if body is None else body.root
    audience = audience_of(broadcast, shape)  # refuses before the trigger counts for the limit
    bootstrap.dialect_limits().take_turn(TRIGGERS, f"{caller.account_id}#{broadcast.id}")
    child = bootstrap.campaign_children().send_again(
        caller.account_id, broadcast.id, audience=audience, data=shape.data
    )
    return schemas.TriggerResponse(id=child.number or 0)


@operations.get("/v1/campaigns/{broadcast_id}/triggers/{trigger_id}", "Show a trigger", errors=(400, 401, 404))
def get_broadcast_trigger(caller: Reader, broadcast_id: BroadcastId, trigger_id: TriggerId) -> schemas.BroadcastTrigger:
    """Return when a broadcast was triggered, and when its people were known."""
    broadcast = broadcast_of(caller.account_id, broadcast_id)
    return shown_trigger(bootstrap.campaigns().child(caller.account_id, broadcast.id, trigger_id))


@operations.get(
    "/v1/campaigns/{broadcast_id}/triggers/{trigger_id}/errors", "List the errors of a trigger", errors=(400, 401, 404)
)
def list_broadcast_trigger_errors(
    caller: Reader, broadcast_id: BroadcastId, trigger_id: TriggerId, start: Start = None, limit: Limit = None
) -> schemas.TriggerErrors:
    """Return a line for each person who could not be mailed; kept for 200 days."""
    broadcast = broadcast_of(caller.account_id, broadcast_id)
    child = bootstrap.campaigns().child(caller.account_id, broadcast.id, trigger_id)
    problems = bootstrap.campaign_children().problems(child)
    if not problems and child.refusal is not None:
        problems = [child.refusal]
    listing = f"trigger_errors#{child.id}"
    lines, next_start = page_after(
        caller.account_id, listing, enumerate(problems), start=start, limit=limit, key=lambda line: line[0]
    )
    return schemas.TriggerErrors(errors=[text for _, text in lines], next=next_start)

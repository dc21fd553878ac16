"""Reports of programs about messages over Customer.io's Track API, and unsubscribing by the id of a message."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.compat.customerio.auth import TRACK
from functions.compat.customerio.dates import moment_of
from functions.compat.customerio.schemas_metrics import REPORTED_METRICS, MessageMetric, PushEvent, Unsubscribe
from functions.compat.customerio.schemas_track import Done
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations, Request
from postrider.kit.wire_ids import without_padding
from postrider.usecases.report_events import ReportedEvents
from postrider.web.requests import tracking_request

operations = Operations("Track Metrics", TRACK)
Writer = Annotated[Caller, Depends(TRACK.needs("events:write"))]
Reports = Annotated[ReportedEvents, Depends(bootstrap.reported_events)]


@operations.post("/api/v1/metrics", "Report a metric of a message", errors=(400, 401, 404))
def report_metric(caller: Writer, reports: Reports, body: MessageMetric) -> Done:
    """Record that a message has reached a metric: once for each message, metric and moment.

    A bounce or a complaint has the same effects as for mails that SES reports.
    """
    reports.report(
        caller.account_id,
        without_padding(body.delivery_id),
        REPORTED_METRICS[body.metric],
        at=moment_of(body.timestamp),
        reason=body.reason,
        url=body.href,
    )
    return Done()


@operations.post("/api/v1/push/events", "Report an event of a push message", errors=(400, 401, 404))
def report_push_event(caller: Writer, reports: Reports, body: PushEvent) -> Done:
    """Record a metric of a push message that a device reports."""
    reports.report(
        caller.account_id,
        without_padding(body.delivery_id),
        REPORTED_METRICS[body.event],
        at=moment_of(body.timestamp),
    )
    return Done()


@operations.post("/unsubscribe/{delivery_id}", "Unsubscribe the recipient of a message", public=True, errors=(400, 404))
def unsubscribe_recipient(request: Request, delivery_id: Annotated[str, Path()], body: Unsubscribe) -> Done:
    """Unsubscribe the recipient of a message, as its unsubscription link does. The id is the only credential."""
    message_id = without_padding(delivery_id)
    if body.unsubscribe:
        seen = tracking_request(request.resolved_event.raw_event)
        bootstrap.message_unsubscription().unsubscribe(message_id, seen)
    else:
        bootstrap.message_ids().read(message_id)
    return Done()

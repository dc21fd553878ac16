"""Exports of messages over Customer.io's App API: /v1/exports/deliveries."""

from typing import Annotated

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.dates import moment_of
from functions.compat.customerio.render_exports import shown_export
from functions.compat.customerio.schemas_exports import ExportResponse
from functions.compat.customerio.schemas_message_exports import DeliveriesExportRequest
from functions.compat.customerio.schemas_messages import METRICS
from functions.compat.customerio.time_windows import parent_window
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.kit.errors import Invalid, named_at
from postrider.messages.exports import MessageExportRequest, MessageExportService

operations = Operations("Exports", CUSTOMERIO)
MessageExports = Annotated[MessageExportService, Depends(bootstrap.message_exports)]
Writer = Annotated[Caller, Depends(CUSTOMERIO.needs("exports:write"))]


@operations.post("/v1/exports/deliveries", "Export messages", errors=(400, 401))
def create_deliveries_export(caller: Writer, exports: MessageExports, body: DeliveriesExportRequest) -> ExportResponse:
    """Start an export of the messages of a newsletter, a campaign, an action or a transactional message.

    The default window is the last six months, the maximum twelve months. The file has a row for each message, with the
    moment of each metric and the requested attributes.
    """
    asked = body.root
    window = parent_window(moment_of(asked.start), moment_of(asked.end), bootstrap.clock()(), began_at=None)
    source_name, source_id = next((name, value) for name, value in asked if name in _SOURCES)
    order = MessageExportRequest(
        start=window.start,
        end=window.end,
        metric=None if asked.metric is None else METRICS[asked.metric],
        with_drafts=bool(asked.drafts),
        attributes=tuple(asked.attributes or ()),
        content_id=asked.template_id,
        **{_source_of(caller.account_id, source_name, source_id): source_id},
    )
    with named_at(source_name, as_=Invalid):
        export = exports.create(caller, order, description=f"Messages of {source_name} {source_id}")
    return ExportResponse(export=shown_export(export))


_SOURCES = {
    "newsletter_id": "campaign_id",
    "campaign_id": "workflow_id",
    "transactional_message_id": "template_id",
    "action_id": "action_id",
}
"""The sources of messages by their names in this API."""


def _source_of(account_id: str, name: str, source_id: int) -> str:
    """Return the name of a source in the domain. A `campaign_id` means a workflow with actions, or else a broadcast."""
    is_broadcast = name == "campaign_id" and not bootstrap.workflows().actions(account_id, source_id)
    return "campaign_id" if is_broadcast else _SOURCES[name]

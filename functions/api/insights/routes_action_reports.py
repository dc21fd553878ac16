"""Reports of actions of workflows over HTTP."""

from typing import Annotated

from functions.api.insights.schemas_reports import ActionStatResponse, ActionStatsResponse
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.reports import action_metrics
from postrider.http.main.wire import ActionId, WorkflowId
from postrider.kit.wire_ids import of_decimal
from postrider.reports.service import ReportService

operations = Operations("Report", MAIN)
Reports = Annotated[ReportService, Depends(bootstrap.reports)]
Reader = Annotated[Caller, Depends(needs("reports:read"))]


@operations.get("/reports/workflows/{workflow_id}/actions/{action_id}", "Show the report of an action")
def get_action_stats(
    caller: Reader, reports: Reports, workflow_id: WorkflowId, action_id: ActionId
) -> ActionStatsResponse:
    """Return the figures of an action, for all entries of contacts into its workflow.

    Opens and clicks by machines are not counted, also not for conditions. Bounces and complaints appear about a minute after
    SES has reported them.
    """
    report = reports.action_report(caller.account_id, of_decimal(workflow_id), of_decimal(action_id))
    return ActionStatsResponse(data=ActionStatResponse.model_validate(action_metrics(report)))

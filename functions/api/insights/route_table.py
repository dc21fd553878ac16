"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "GET /logs/campaigns/{campaign_id}": "routes_logs",
    "GET /logs/campaigns/{campaign_id}/exports": "routes_log_exports",
    "POST /logs/campaigns/{campaign_id}/exports": "routes_log_exports",
    "GET /logs/campaigns/{campaign_id}/exports/{campaign_log_export_id}/download": "routes_log_exports",
    "GET /logs/emails": "routes_logs",
    "GET /logs/lists/{list_id}": "routes_logs",
    "GET /logs/workflows/{workflow_id}/actions/{action_id}": "routes_action_logs",
    "GET /reports/accounts/self": "routes_series",
    "GET /reports/accounts/{account_id}": "routes_series",
    "GET /reports/campaigns/{campaign_id}": "routes_reports",
    "GET /reports/campaigns/{campaign_id}/breakdown": "routes_series",
    "GET /reports/campaigns/{campaign_id}/links": "routes_reports",
    "GET /reports/campaigns/{campaign_id}/series": "routes_series",
    "GET /reports/emails": "routes_reports",
    "GET /reports/lists/{list_id}": "routes_reports",
    "GET /reports/lists/{list_id}/series": "routes_series",
    "GET /reports/workflows/{workflow_id}/actions/{action_id}": "routes_action_reports",
    "GET /tasks": "routes_tasks",
    "DELETE /tasks/{task_id}": "routes_tasks",
    "GET /tasks/{task_id}": "routes_tasks",
}

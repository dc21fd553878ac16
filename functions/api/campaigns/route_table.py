"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "GET /campaigns": "routes_campaigns",
    "POST /campaigns": "routes_campaigns",
    "DELETE /campaigns/{campaign_id}": "routes_campaigns",
    "GET /campaigns/{campaign_id}": "routes_campaigns",
    "PATCH /campaigns/{campaign_id}": "routes_campaigns",
    "POST /campaigns/{campaign_id}/archive": "routes_lifecycle",
    "POST /campaigns/{campaign_id}/cancel": "routes_lifecycle",
    "GET /campaigns/{campaign_id}/render": "routes_campaigns",
    "POST /campaigns/{campaign_id}/reschedule": "routes_lifecycle",
    "POST /campaigns/{campaign_id}/resume": "routes_lifecycle",
    "GET /campaigns/{campaign_id}/revisions": "routes_campaigns",
    "POST /campaigns/{campaign_id}/schedule": "routes_lifecycle",
    "POST /campaigns/{campaign_id}/send-test": "routes_campaigns",
    "POST /campaigns/{campaign_id}/suspend": "routes_lifecycle",
    "POST /campaigns/{campaign_id}/unarchive": "routes_lifecycle",
    "POST /campaigns/{campaign_id}/unschedule": "routes_lifecycle",
}

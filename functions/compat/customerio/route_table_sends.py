"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "POST /v1/campaigns/{broadcast_id}/triggers": "routes_triggers",
    "GET /v1/campaigns/{broadcast_id}/triggers/{trigger_id}": "routes_triggers",
    "GET /v1/campaigns/{broadcast_id}/triggers/{trigger_id}/errors": "routes_triggers",
    "POST /v1/send/email": "routes_sends",
    "POST /v1/send/push": "routes_sends",
}

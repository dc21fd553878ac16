"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "GET /api/v1/accounts/region": "routes_region",
    "DELETE /api/v1/customers/{identifier}": "routes_track_customers",
    "PUT /api/v1/customers/{identifier}": "routes_track_customers",
    "PUT /api/v1/customers/{identifier}/devices": "routes_devices",
    "DELETE /api/v1/customers/{identifier}/devices/{device_id}": "routes_devices",
    "POST /api/v1/customers/{identifier}/events": "routes_events",
    "POST /api/v1/customers/{identifier}/suppress": "routes_track_customers",
    "POST /api/v1/customers/{identifier}/unsuppress": "routes_track_customers",
    "POST /api/v1/events": "routes_events",
    "POST /api/v1/merge_customers": "routes_track_customers",
    "POST /api/v1/metrics": "routes_metrics",
    "POST /api/v1/push/events": "routes_metrics",
    "POST /api/v1/segments/{segment_id}/add_customers": "routes_segment_members",
    "POST /api/v1/segments/{segment_id}/remove_customers": "routes_segment_members",
    "POST /api/v2/batch": "routes_entities",
    "POST /api/v2/entity": "routes_entities",
    "POST /unsubscribe/{delivery_id}": "routes_metrics",
}

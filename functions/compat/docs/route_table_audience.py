"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "GET /3.0/lists": "routes_lists",
    "POST /3.0/lists": "routes_lists",
    "DELETE /3.0/lists/{list_id}": "routes_lists",
    "GET /3.0/lists/{list_id}": "routes_lists",
    "PATCH /3.0/lists/{list_id}": "routes_lists",
    "GET /3.0/lists/{list_id}/activity": "routes_lists",
    "GET /3.0/lists/{list_id}/merge-fields": "routes_fields",
    "POST /3.0/lists/{list_id}/merge-fields": "routes_fields",
    "DELETE /3.0/lists/{list_id}/merge-fields/{merge_id}": "routes_fields",
    "PATCH /3.0/lists/{list_id}/merge-fields/{merge_id}": "routes_fields",
}

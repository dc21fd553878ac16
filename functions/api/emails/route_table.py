"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "POST /emails": "routes_emails",
    "DELETE /emails/{email_id}": "routes_emails",
    "POST /emails/{email_id}/release": "routes_emails",
}

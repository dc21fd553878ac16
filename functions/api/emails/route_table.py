"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "POST /emails": "routes_emails",
}

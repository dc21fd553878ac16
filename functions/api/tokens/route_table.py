"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "POST /token": "routes_tokens",
    "PUT /token": "routes_tokens",
    "GET /token/pubkey": "routes_tokens",
}

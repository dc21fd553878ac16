"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "GET /accounts/self": "routes_accounts",
    "PATCH /accounts/self": "routes_accounts",
    "GET /brands/default/senders": "routes_senders",
    "POST /brands/default/senders": "routes_senders",
    "POST /brands/default/senders/confirm-email": "routes_senders",
    "DELETE /brands/default/senders/{sender_id}": "routes_senders",
    "GET /brands/default/senders/{sender_id}": "routes_senders",
    "PATCH /brands/default/senders/{sender_id}": "routes_senders",
    "POST /brands/default/senders/{sender_id}/resend-confirmation-email": "routes_senders",
    "GET /credentials": "routes_credentials",
    "POST /credentials": "routes_credentials",
    "DELETE /credentials/{credential_id}": "routes_credentials",
    "GET /users/self": "routes_users",
}

"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "POST /audience/v1/{sid}/contact": "routes_audience",
    "GET /audience/v1/{sid}/custom-field": "routes_audience",
    "GET /audience/v1/{sid}/list": "routes_audience",
    "GET /audience/v1/{sid}/tag": "routes_audience",
}

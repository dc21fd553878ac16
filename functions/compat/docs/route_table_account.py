"""Written by `make openapi`: the module that declares each route."""

ROUTES = {
    "GET /3.0": "routes_root",
    "GET /3.0/ping": "routes_root",
    "GET /schema/3.0/Definitions/{name}.json": "routes_schema",
    "GET /schema/3.0/Swagger.json": "routes_schema",
}

"""The platform's own OpenAPI document, a page to read and try it, the page about filters, and the page at the root."""

import importlib.resources
import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.reference.home import FIRST_CALL, home_page
from postrider import bootstrap
from postrider.http import Operations, Response
from postrider.http.main.dialect import MAIN
from postrider.http.routing import RouteTable

operations = Operations("Reference", MAIN, keep_answers=False)

DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.json"
"""Written by `make openapi`; it is part of this function's package, as are the next files."""
MAIN_API: Literal["main"] = "main"
_OTHERS = {"customerio": "Customer.io App", "customerio-track": "Customer.io Track", "docs": "Docs", "kasplo": "Kasplo"}
DOCUMENTS = {MAIN_API: ("Postrider", DOCUMENT)} | {
    name: (title, DOCUMENT.parent / "openapi" / f"{name}.json") for name, title in _OTHERS.items()
}
"""Titles and documents of the dialects."""
Dialect = Annotated[
    Literal["main", "customerio", "customerio-track", "docs", "kasplo"], Query(description="The API to read about.")
]
FILTERS = DOCUMENT.parent / "reference" / "filters.md"
SWAGGER_UI = "aws_lambda_powertools.event_handler.openapi.swagger_ui"
"""The package that carries Swagger UI (https://swagger.io/tools/swagger-ui/), so that no page loads it from elsewhere."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Postrider API reference</title>
<link rel="stylesheet" href="/reference/swagger-ui.css">
<style>
@media (max-width: 40rem) { .swagger-ui .opblock-tag { flex-wrap: wrap; } .swagger-ui .opblock-tag small { flex: 1 0 70%; } }
</style>
</head>
<body>
<nav style="max-width:1460px;margin:0 auto;padding:1rem 20px 0;font:1rem/1.5 system-ui,sans-serif">DIALECTS</nav>
<details style="max-width:1460px;margin:0 auto;padding:1rem 20px;font:1rem/1.5 system-ui,sans-serif">
<summary>How to authenticate</summary>
HOW_TO
</details>
<div id="reference"></div>
<script src="/reference/swagger-ui.js"></script>
<script src="/reference/start.js"></script>
</body>
</html>
"""
HELP_FOR_USERS = """<p>Press <b>Authorize</b>, enter the address of a user as <i>username</i> and the password, leave the client
fields empty, and press <b>Authorize</b> again: the calls of this page then carry a token. In a program:</p>
<pre style="white-space:pre-wrap;overflow-wrap:anywhere">FIRST_CALL</pre>
<p>A token lasts five days; <code>PUT /token</code> renews it. The document for programs is
<a href="/reference/openapi.json">/reference/openapi.json</a>.</p>"""
HELP_FOR_PROGRAMS = """<p>Make a credential with <code>POST /credentials</code> of the main API and
<code>{"dialect": "DIALECT"}</code>. Its answer has the base URL and the key; press <b>Authorize</b> to enter the key. The
document for programs is <a href="/reference/openapi.json?dialect=DIALECT">/reference/openapi.json?dialect=DIALECT</a>.</p>"""
START = """SwaggerUIBundle({
  url: "/reference/openapi.json" + location.search,
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  tryItOutEnabled: true,
});
"""


@cache
def _swagger_ui(name: str) -> str:
    return importlib.resources.files(SWAGGER_UI).joinpath(name).read_text(encoding="utf-8")


def _file(content_type: str, body: str, *, max_age_s: int) -> Response[str]:
    headers: dict[str, str | list[str]] = {
        "Cache-Control": f"public, max-age={max_age_s}",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(200, f"{content_type}; charset=utf-8", body, headers)


@operations.get("/", "Read what this is", public=True, errors=())
def read_home() -> Response[str]:
    return _file("text/html", home_page(bootstrap.public_base_url()), max_age_s=300)


@operations.get("/reference", "Read the API reference", public=True, errors=())
def read_reference(dialect: Dialect = MAIN_API) -> Response[str]:
    """Return a page with the operations of one dialect, and links to the other dialects."""
    first_call = escape(FIRST_CALL.format(base=bootstrap.public_base_url()))
    how_to = (HELP_FOR_USERS if dialect == MAIN_API else HELP_FOR_PROGRAMS).replace("DIALECT", dialect)
    page = PAGE.replace("DIALECTS", _links(dialect)).replace("HOW_TO", how_to).replace("FIRST_CALL", first_call)
    return _file("text/html", page, max_age_s=300)


@operations.get("/reference/openapi.json", "Get the OpenAPI document", public=True, errors=())
def get_document(dialect: Dialect = MAIN_API) -> Response[str]:
    _, document = DOCUMENTS[dialect]
    return _file("application/json", document.read_text(encoding="utf-8"), max_age_s=300)


@operations.get("/reference/filters", "Read about the filter languages", public=True, errors=())
def read_filters() -> Response[str]:
    """Return the page as text: Markdown is readable, and some browsers would only save `text/markdown`."""
    return _file("text/plain", FILTERS.read_text(encoding="utf-8"), max_age_s=300)


@operations.get("/reference/start.js", "Get the script that shows the reference", public=True, errors=())
def get_start_script() -> Response[str]:
    return _file("text/javascript", START, max_age_s=300)


@operations.get("/reference/swagger-ui.js", "Get the script of Swagger UI", public=True, errors=())
def get_swagger_script() -> Response[str]:
    return _file("text/javascript", _swagger_ui("swagger-ui-bundle.min.js"), max_age_s=86_400)


@operations.get("/reference/swagger-ui.css", "Get the styles of Swagger UI", public=True, errors=())
def get_swagger_styles() -> Response[str]:
    return _file("text/css", _swagger_ui("swagger-ui.min.css"), max_age_s=86_400)


def _links(shown: str) -> str:
    """Return links to the pages of the dialects; the shown one is marked as the current one."""
    links = (
        f'<a href="/reference?dialect={name}"{" aria-current=page" if name == shown else ""}>{escape(title)}</a>'
        for name, (title, _) in DOCUMENTS.items()
    )
    return "API: " + " · ".join(links)


def methods_of(path: str) -> list[str]:
    """Return the methods of a path of the main API; empty for an unknown path."""
    return _table().methods_of(path)


@cache
def _table() -> RouteTable:
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    return RouteTable(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)

"""Write contents as templates and blueprints show them."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from postrider.content.model import Content

SORTS = {"id": "id", "created_on": "created_at", "updated_on": "updated_at", "name": "name"}
"""Terms of listings by attribute."""
FILTERS = ("tag", "name", "is_owner", "is_not_owner")
HTML: dict[int, Any] = {200: {"description": "The HTML.", "content": {"text/html": {"schema": {"type": "string"}}}}}
"""The answer of a rendering, for the document."""
POLICY = "sandbox; default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; font-src https:"
"""A rendered content runs no script and has no origin, whatever its author wrote."""


def content_fields(content: Content) -> dict[str, Any]:
    return {
        "type": content.type or "html",
        "subject": content.subject,
        "html": content.html,
        "text": content.text,
        "json": content.json_,
    }


def html_response(html: str) -> Response[str]:
    headers: dict[str, str | list[str]] = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return Response(200, "text/html; charset=utf-8", html, headers)

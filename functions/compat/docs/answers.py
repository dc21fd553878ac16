"""Finish answers of the Docs API: partial responses, validators, and the headers of every answer."""

from typing import Final
from urllib.parse import parse_qs

from functions.compat.docs.links import ROOT, Links, base_of
from postrider.http.bodies import JSON, Result, from_json, to_json
from postrider.http.dialect import Event, Headers
from postrider.http.projection import project
from postrider.http.query import words
from postrider.http.validators import NOT_MODIFIED

MODELS: Final[dict[str, str]] = {}
"""The schema of the answer of each route whose module is imported: {"GET /3.0/lists": "Lists"}."""
TEXT: Final = "; charset=utf-8"


def partial(event: Event, answer: Result) -> Result:
    """Return the answer to a GET with only the members in `fields`, or without those in `exclude_fields`."""
    query = parse_qs(event.get("rawQueryString") or "")
    keep, drop = (words(",".join(query.get(name, ()))) for name in ("fields", "exclude_fields"))
    is_read = event["requestContext"]["http"]["method"] == "GET" and answer["statusCode"] == 200
    if not (is_read and (keep or drop) and event["rawPath"].startswith(ROOT)):
        return answer
    return {**answer, "body": to_json(project(from_json(answer["body"]), keep=keep or None, drop=drop))}


def with_headers(event: Event, answer: Result) -> Result:
    """Add the charset, the id of the call, and a link to the schema of the answer; an empty answer has no content type."""
    sent: Headers = {name.lower(): value for name, value in event["headers"].items()}
    headers = {name: value for name, value in (answer.get("headers") or {}).items() if name.lower() != "content-type"}
    kind = next((value for name, value in answer["headers"].items() if name.lower() == "content-type"), "")
    if answer["statusCode"] not in (204, NOT_MODIFIED):
        headers["Content-Type"] = kind + TEXT if kind == JSON else kind
    model = MODELS.get(event.get("routeKey", "")) if answer["statusCode"] in (200, NOT_MODIFIED) else None
    if model is not None:
        headers |= described_by(base_of(sent), model)
    return {**answer, "headers": headers | {"X-Request-Id": event["requestContext"].get("requestId", "")}}


def described_by(base: str, model: str) -> dict[str, str]:
    """Return the header with the address of the schema of an answer."""
    return {"Link": f'<{Links(base).schema(model)}>; rel="describedBy"'}

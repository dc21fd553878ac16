"""The description of the Docs API by itself: its OpenAPI document, and one document for each schema."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path as InPath

from functions.compat.docs.links import SCHEMAS, Here, Links
from functions.compat.docs.operations import DocsOperations
from postrider.http import Response
from postrider.http.bodies import json_response
from postrider.kit.errors import NotFound

operations = DocsOperations("Root")
DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi" / "docs.json"
"""Written by `make openapi`; it is part of this function's archive."""
_COMPONENTS = "#/components/schemas/"
_CACHED: dict[str, str | list[str]] = {"Cache-Control": "public, max-age=300"}
SchemaName = Annotated[str, InPath(description="Name of a schema of the document.")]
_OBJECT = {"schema": {"type": "object", "additionalProperties": True}}
ANY_OBJECT = {200: {"description": "OK", "content": {"application/json": _OBJECT}}}


@operations.get(f"{SCHEMAS}/Swagger.json", "Get the OpenAPI document", public=True, errors=(), responses=ANY_OBJECT)
def getSpecification() -> Response[str]:  # noqa: N802  # the operation id
    """Return the document of this API; it needs no key."""
    return json_response(200, _document(), _CACHED)


@operations.get(
    f"{SCHEMAS}/Definitions/{{name}}.json", "Get a schema", public=True, errors=(404,), responses=ANY_OBJECT
)
def getDefinition(name: SchemaName, here: Here) -> Response[str]:  # noqa: N802
    """Return one schema of the document as JSON Schema, whose references lead to other schemas."""
    schema = _document()["components"]["schemas"].get(name)
    if schema is None:
        raise NotFound("Unknown schema.", code="schema_not_found", field="name")
    return json_response(200, {"$id": here.schema(name)} | _with_urls(schema, here), _CACHED)


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return document


def _with_urls(part: Any, here: Links) -> Any:
    """Return a part of a schema whose references are URLs."""
    if isinstance(part, list):
        return [_with_urls(entry, here) for entry in part]
    if not isinstance(part, dict):
        return part
    return {
        key: here.schema(value.removeprefix(_COMPONENTS))
        if key == "$ref" and isinstance(value, str)
        else _with_urls(value, here)
        for key, value in part.items()
    }

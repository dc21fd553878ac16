"""Convert JSON bodies, and responses for Lambda."""

from typing import Any

import orjson
from aws_lambda_powertools.event_handler import Response

JSON = "application/json"

MAX_LEVELS = 200
"""Maximum number of levels of lists and objects in a body: pydantic and orjson stop above 254."""
Result = dict[str, Any]
"""The result of a Lambda function for the HTTP API."""


def to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def from_json(text: str) -> Any:
    return orjson.loads(text)


def is_deeper(value: Any, levels: int) -> bool:
    """Return whether the lists and objects of a JSON value are nested in more than this number of levels."""
    layer = [value]
    for _ in range(levels + 1):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not layer:
            return False
    return True


def json_response(status: int, body: Any, headers: dict[str, str | list[str]] | None = None) -> Response[Any]:
    return Response(status, JSON, to_json(body), headers or {})


def result_of(response: Response[Any]) -> Result:
    """Return a response that was made outside a route as the result of the function."""
    return {
        "statusCode": response.status_code,
        "headers": {"Content-Type": response.content_type, **response.headers},
        "body": response.body,
        "isBase64Encoded": False,
        "cookies": [],
    }

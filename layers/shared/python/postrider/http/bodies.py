"""Convert JSON bodies, and responses for Lambda."""

from typing import Any

import orjson
from aws_lambda_powertools.event_handler import Response

JSON = "application/json"

Result = dict[str, Any]
"""The result of a Lambda function for the HTTP API."""


def to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def from_json(text: str) -> Any:
    return orjson.loads(text)


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

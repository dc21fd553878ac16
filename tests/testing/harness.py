"""Calls the real handlers in this process, with the events that the HTTP API sends."""

import base64
import importlib
import json
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote, urlencode

from infra.functions import FUNCTIONS
from tests.contract.answers import conforms, operation_at
from tests.testing.grants import acting_as

GROUPS = Path(__file__).parent.parent.parent / "functions" / "api"
CONTEXT = SimpleNamespace(
    function_name="test",
    function_version="1",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:111122223333:function:test",
    aws_request_id="test",
    get_remaining_time_in_millis=lambda: 30_000,
)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str | bytes
    cookies: list[str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body if isinstance(self.body, str) else self.body.decode()


@cache
def groups() -> dict[str, Any]:
    """Every endpoint group's handler module by folder name."""
    return {
        path.parent.name: importlib.import_module(f"functions.api.{path.parent.name}.handler")
        for path in sorted(GROUPS.glob("*/handler.py"))
    }


@cache
def routes() -> list[tuple[str, Any, Any]]:
    """(method, rule, handler module), static rules first, as the gateway prefers them."""
    static, dynamic = [], []
    for module in groups().values():
        static += [(route.method, route.rule, module) for route in module.app._static_routes]
        dynamic += [(route.method, route.rule, module) for route in module.app._dynamic_routes]
    return static + dynamic


def handler_for(method: str, path: str) -> Any:
    """The module whose app serves the call; the one that answers the rest when no route fits."""
    for route_method, rule, module in routes():
        if route_method == method and rule.match(path):
            return module
    (rest,) = [function for function in FUNCTIONS if function.answers_the_rest]
    return groups()[rest.folder.rpartition("/")[2]]


def route_key(module: Any, method: str, path: str) -> str:
    """The route as the gateway names it, with the names of its parameters; $default when there is none."""
    for route in (*module.app._static_routes, *module.app._dynamic_routes):
        if route.method == method and route.rule.match(path):
            return f"{method} {route.openapi_path}"
    return "$default"


def http_event(
    method: str,
    path: str,
    *,
    query: dict[str, Any] | str | None = None,
    headers: dict[str, str] | None = None,
    body: str | bytes | None = None,
    source_ip: str = "198.51.100.7",
) -> dict[str, Any]:
    """An HTTP API event, payload format 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    raw_query = query if isinstance(query, str) else urlencode(query or {}, doseq=True)
    parameters: dict[str, str] = {}
    for pair in filter(None, raw_query.split("&")):
        name, _, value = (unquote(part.replace("+", " ")) for part in pair.partition("="))
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": unquote(path),
        "rawQueryString": raw_query,
        "headers": {"host": "api.example.com", "user-agent": "tests", **sent},
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "api",
            "domainName": "api.example.com",
            "http": {
                "method": method,
                "path": unquote(path),
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": sent.get("user-agent", "tests"),
            },
            "requestId": uuid.uuid4().hex,
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000,
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if parameters:
        event["queryStringParameters"] = parameters
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return event


class Api:
    """A client of the API; `token` is sent as bearer when there is one. Every answer is checked against the contract."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: dict[str, Any] | None = None,
        body: str | bytes | None = None,
        query: dict[str, Any] | str | None = None,
        headers: dict[str, str] | None = None,
        source_ip: str = "198.51.100.7",
    ) -> Answer:
        sent = dict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if json is not None:
            body, sent["Content-Type"] = dumps(json), "application/json"
        elif form is not None:
            body, sent["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        event = http_event(method, path, query=query, headers=sent, body=body, source_ip=source_ip)
        module = handler_for(method, event["rawPath"])
        event["routeKey"] = event["requestContext"]["routeKey"] = route_key(module, method, event["rawPath"])
        with acting_as(module.__name__):
            answer = answer_of(module.lambda_handler(event, CONTEXT))
        operation = operation_at(method, path)
        if operation is not None and "json" in answer.headers.get("content-type", "") and answer.status != 500:
            conforms(operation, answer.status, answer.json)
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def post(self, path: str, **options: Any) -> Answer:
        return self.call("POST", path, **options)

    def put(self, path: str, **options: Any) -> Answer:
        return self.call("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Answer:
        return self.call("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.call("DELETE", path, **options)


def dumps(value: Any) -> str:
    return json.dumps(value)


def answer_of(result: dict[str, Any]) -> Answer:
    """A Lambda proxy result as an answer; its shape is checked, since the stand-in is laxer than the gateway."""
    assert isinstance(result["statusCode"], int), result
    assert isinstance(result.get("body", ""), str | None), result
    assert len(result.get("body") or "") <= 6 * 1024 * 1024, "over Lambda's payload limit"
    headers = {name.lower(): value for name, value in (result.get("headers") or {}).items()}
    assert all(isinstance(value, str) for value in headers.values()), headers
    body: str | bytes = result.get("body") or ""
    if result.get("isBase64Encoded"):
        body = base64.b64decode(body)
    return Answer(result["statusCode"], headers, body, result.get("cookies") or [])


def path_text(value: object) -> str:
    """A value as one segment of a path."""
    return quote(str(value), safe="")

"""Call the real handlers in this process, with the events that the HTTP API sends."""

import base64
import importlib
import json
import uuid
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote, urlencode

from infra.functions import FUNCTIONS
from infra.gateway import gateway_routes
from infra.openapi import routes
from infra.rows import Function
from postrider.http.routing import RouteTable
from tests.contract.answers import conforms, operation_at
from tests.testing.grants import acting_as

GREEDY = "{proxy+}"
"""The end of a gateway route to all paths below a prefix."""
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


@dataclass(frozen=True)
class Handler:
    """The function that serves a call, and the route as the gateway names it."""

    function: Function
    route: str = "$default"

    def row_of(self, event: dict[str, Any]) -> str:
        """Return the name of the row that the call may not exceed, which is that of the module in an area."""
        module = self._lambda_handler.module_of(event) if self.function.modules else None
        return f"{self.function.package}.{module}" if module else self.function.module

    def answer(self, event: dict[str, Any]) -> Answer:
        event["routeKey"] = event["requestContext"]["routeKey"] = self.route
        return answer_of(self._lambda_handler(event, CONTEXT))

    @property
    def _lambda_handler(self) -> Any:
        return importlib.import_module(self.function.module).lambda_handler


@cache
def handlers() -> dict[str, Handler]:
    """Return the handler of every operation and page: "GET /lists/{list_id}"."""
    return {route.key: Handler(route.function, route.key) for route in routes()}


def handler_for(method: str, path: str) -> Handler:
    """Return the handler of a call as the gateway chooses it: by the whole path, else by the longest prefix, else the rest."""
    gateway = _gateway()
    whole = gateway.whole.find(method, path) or gateway.whole.find("ANY", path)
    prefix = next((key for key in gateway.prefixes if path.startswith(_prefix(key))), "$default")
    return gateway.handlers[whole or prefix]


@dataclass(frozen=True)
class _Gateway:
    handlers: dict[str, Handler]
    whole: RouteTable
    prefixes: list[str]
    """Keys of routes to prefixes, the longest first."""


@cache
def _gateway() -> _Gateway:
    handlers = {key: Handler(row, key) for row in FUNCTIONS if row.dialect for key in gateway_routes(row)}
    prefixes = sorted((key for key in handlers if key.endswith(GREEDY)), key=len, reverse=True)
    return _Gateway(handlers, RouteTable(handlers.keys() - {*prefixes, "$default"}), prefixes)


def _prefix(key: str) -> str:
    return key.removeprefix("ANY ").removesuffix(GREEDY)


def gateway_path(path: str) -> str:
    """Return a path as an HTTP API hands it over: all escapes but %25 are decoded, and a decoded ? ends it."""
    return "%25".join(unquote(part) for part in path.split("%25")).partition("?")[0]


def http_event(
    method: str,
    path: str,
    *,
    query: dict[str, Any] | str | None = None,
    headers: dict[str, str] | None = None,
    body: str | bytes | None = None,
    source_ip: str = "198.51.100.7",
) -> dict[str, Any]:
    """Return an event of an HTTP API, payload format 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    path_handed_over = gateway_path(path)
    raw_query = query if isinstance(query, str) else urlencode(query or {}, doseq=True)
    parameters: dict[str, str] = {}
    for pair in filter(None, raw_query.split("&")):
        name, _, value = (unquote(part.replace("+", " ")) for part in pair.partition("="))
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    cookies = [cookie.strip() for cookie in sent.pop("cookie", "").split(";") if cookie.strip()]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path_handed_over,
        "rawQueryString": raw_query,
        "headers": {"host": "api.example.com", "user-agent": "tests", **sent},
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "api",
            "domainName": "api.example.com",
            "http": {
                "method": method,
                "path": path_handed_over,
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
    if cookies:
        event["cookies"] = cookies
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
        handler = handler_for(method, event["rawPath"])
        with acting_as(handler.row_of(event)):
            answer = handler.answer(event)
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
    """Return a result of a function as an answer, after a check of its shape: the stand-in accepts more than the gateway."""
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
    """Return a value as a segment of a path."""
    return quote(str(value), safe="")

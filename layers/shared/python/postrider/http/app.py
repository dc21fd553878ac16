"""Build a Lambda entry point, and a part of the OpenAPI document, from routes."""

import base64
import inspect
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, get_origin, get_type_hints
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.depends import DependencyResolutionError
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
    ResponseValidationError,
)
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel

from postrider.aws.clients import make_clients
from postrider.http.audit import begin_audit, record_change
from postrider.http.bodies import MAX_LEVELS, Result, from_json, is_deeper, result_of, to_json
from postrider.http.call_limits import add_limit_headers, end_call
from postrider.http.dialect import Call, Dialect, ErrorModels, Event
from postrider.http.idempotency import answer_once
from postrider.http.parameters import with_own_parameters
from postrider.http.requests import decoded
from postrider.http.strictness import unknown_members
from postrider.kit.actors import begin_call
from postrider.kit.errors import PostriderError, TooLarge
from postrider.kit.observability import logger, publish
from postrider.rate_limits.current import begin_count

Handler = TypeVar("Handler", bound=Callable[..., Any])

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Maximum size of a body. Lambda accepts 6 MB for the whole event, in which the body is text inside JSON:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

MAX_ANSWER_BYTES = 6_000_000
"""Maximum size of the body of an answer: Lambda's limit for an answer as JSON, minus its headers."""


class Resolver(APIGatewayHttpResolver):
    """A resolver in which a path parameter has all characters between two slashes, also #, ", ? and ` (as in `c#`).

    A spanning parameter of the dialect may contain slashes.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        super().__init__(
            enable_validation=True,
            response_validation_error_http_code=500,
            serializer=to_json,
            json_body_deserializer=_object_of,
        )
        self._validate = self._request_validation_middleware
        self._request_validation_middleware: Any = self._validate_once

    def _validate_once(self, app: "Resolver", next_middleware: Callable[..., Any]) -> Any:
        """Refuse a repeated parameter of the query, of which the framework would use only one; then validate.

        The event gets the name of the route, because the gateway may only have matched a prefix.
        """
        route, query = app.context["_route"], app.current_event.raw_event.get("rawQueryString") or ""
        app.current_event.raw_event["routeKey"] = f"{route.method} {route.openapi_path}"
        counts = Counter(name for name, _ in parse_qsl(query, keep_blank_values=True))
        twice = [name for name, count in counts.items() if count > 1 and name in _single_parameters(route.dependant)]
        if twice:
            problem = {"msg": "The parameter is given more than once; send it once.", "type": "repeated"}
            raise RequestValidationError([{**problem, "loc": ("query", name)} for name in twice])
        if not self.dialect.is_strict(app.current_event.headers):
            return self._validate(app, next_middleware)
        return self._validate(app, partial(_refuse_unknown_members, next_middleware=next_middleware))

    def _compile_regex(  # type: ignore[override]  # static in the framework, which calls it on the resolver
        self, rule: str, base_regex: str = "^{}$"
    ) -> re.Pattern[str]:
        def group(parameter: re.Match[str]) -> str:
            name = parameter[1]
            return f"(?P<{name}>.+)" if name in self.dialect.spanning else f"(?P<{name}>[^/]+)"

        return re.compile(base_regex.format(re.sub(r"<(\w+)>", group, rule)))


class Operations:
    """A registry of the routes of one tag of a dialect, with their common properties.

    The operation id is the function's name, the description its docstring. `errors` are the statuses of errors in the document
    in addition to the general ones; a public operation needs no token. With `keep_answers=False`, an Idempotency-Key is
    ignored, since answers contain data that must not be stored.
    """

    def __init__(self, tag: str, dialect: Dialect, *, keep_answers: bool = True) -> None:
        self.router = APIGatewayHttpRouter()
        self._dialect = dialect
        self.keep_answers = keep_answers
        self._tag = tag

    def get(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("GET", path, summary, **options)

    def post(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("POST", path, summary, **options)

    def put(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("PUT", path, summary, **options)

    def patch(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("PATCH", path, summary, **options)

    def delete(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("DELETE", path, summary, **options)

    def page(self, path: str, summary: str) -> Callable[[Handler], Handler]:
        """Register a page, which answers GET, and HEAD without a body (RFC 9110, section 9.3.2)."""
        return self.add(["GET", "HEAD"], path, summary, public=True, errors=())

    def add(
        self,
        method: str | list[str],
        path: str,
        summary: str,
        *,
        status: int = 200,
        public: bool = False,
        errors: tuple[int, ...] | None = None,
        error_models: ErrorModels | None = None,
        **options: Any,
    ) -> Callable[[Handler], Handler]:
        """Register a function for one or more methods and `path` ("/lists/{list_id}").

        `error_models` replace the models of the dialect if the operation has another envelope.
        """
        models = error_models or self._dialect.errors
        if errors is None:
            errors = tuple(code for code in self._dialect.usual_errors if code != 401 or not public)
        if errors:
            errors = (*errors, *self._general_errors(public=public, is_write=method != "GET"))

        def register(handler: Handler) -> Handler:
            self.router.route(
                path.replace("{", "<").replace("}", ">"),
                method,
                summary=summary,
                description=inspect.getdoc(handler),
                tags=[self._tag],
                operation_id=handler.__name__,
                status_code=status,
                security=[] if public else [{name: [] for name in self._dialect.security}],
                responses=_success(handler, status)
                | {code: _error(models, code, self._dialect.error_type) for code in errors}
                | options.pop("responses", {}),
                **options,
            )(with_own_parameters(handler))
            return handler

        return register

    def _general_errors(self, *, public: bool, is_write: bool) -> Iterator[int]:
        """Yield the possible general errors of the dialect: 403 with a token, 409 if an Idempotency-Key is used."""
        for status in self._dialect.general_errors:
            needs_key = status == 409
            if not (public and status in (401, 403, 409)) and (not needs_key or (is_write and self.keep_answers)):
                yield status


NO_CONTENT = 204
"""The status of an answer without a body."""


def _success(handler: Callable[..., Any], status: int) -> dict[int, dict[str, Any]]:
    """Return the documentation of the success, which Powertools only documents for routes without other responses."""
    model = get_type_hints(handler).get("return")
    if status == NO_CONTENT:
        return {status: {"description": "No content", "content": {}}}
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {}
    description = "Created" if status == 201 else "OK"
    return {status: {"description": description, "content": {"application/json": {"model": model}}}}


def _error(models: ErrorModels, status: int, media_type: str) -> dict[str, Any]:
    description, model = models[status]
    return {"description": description, "content": {media_type: {"model": model}}}


def build_app(*groups: Operations, dialect: Dialect) -> Resolver:
    """Return the app of one function: its routes, validation of requests and answers, and the dialect's refusals."""
    app = Resolver(dialect)
    for group in groups:
        app.include_router(group.router)
    answer = _Refusals(app, dialect)
    app.exception_handler(PostriderError)(answer.refused)
    app.exception_handler([RequestValidationError, RequestUnsupportedContentType])(answer.malformed)
    app.exception_handler(UnicodeDecodeError)(answer.undecodable)
    app.exception_handler(ValueError)(answer.unreadable)
    app.exception_handler(DependencyResolutionError)(answer.in_dependency)
    app.exception_handler(ServiceError)(answer.by_framework)
    app.exception_handler([ResponseValidationError, Exception])(answer.fault)
    app.not_found(answer.unknown_route)
    return app


def _refuse_unknown_members(app: Resolver, *, next_middleware: Callable[..., Any]) -> Any:
    """Refuse a valid call whose body has members that are not in its schema; otherwise continue."""
    body_parameters = app.context["_route"].dependant.body_params
    if len(body_parameters) == 1:
        body = app.context["_route_args"].get(body_parameters[0].name)
        if unknown := list(unknown_members(body, app.current_event.json_body)):
            problem = {"msg": "The member is unknown; remove it", "type": "extra_forbidden"}
            raise RequestValidationError([{**problem, "loc": place} for place in unknown])
    return next_middleware(app)


def _object_of(text: str) -> Any:
    """Return the JSON object in a body. Powertools would accept a list and use its first element.

    Stricter than `json`: no NaN, no lone surrogates, no unlimited depth or digits.
    """
    body = from_json(text)
    if not isinstance(body, dict | None):
        raise RequestValidationError([{"loc": ("body",), "msg": "Input should be an object", "type": "dict_type"}])
    if is_deeper(body, MAX_LEVELS):
        problem = {"loc": ("body",), "msg": f"Input should have at most {MAX_LEVELS} levels", "type": "too_deep"}
        raise RequestValidationError([problem])
    return body


def _single_parameters(dependant: Any) -> set[str]:
    """Return the names of the query parameters that are not lists, including those of dependencies."""
    own = {field.alias for field in dependant.query_params if get_origin(field.type_) is not list}
    return own.union(*(_single_parameters(dependency.dependant) for dependency in dependant.dependencies))


class _Refusals:
    """Handlers that answer each kind of failure in the form of the dialect."""

    def __init__(self, app: Resolver, dialect: Dialect) -> None:
        self._app, self._dialect, self._answers = app, dialect, dialect.answers

    def refused(self, error: PostriderError) -> Response[Any]:
        return self._answers.refused(error, self._call())

    def malformed(self, error: RequestValidationError | RequestUnsupportedContentType) -> Response[Any]:
        """Refuse an unauthenticated caller because of the credential; only an authenticated caller gets the invalid fields."""
        call = self._call()
        try:
            if call.route is not None and call.route.security:
                self._dialect.count(self._dialect.identify(call.headers, call.path), call.path)
        except PostriderError as refused:
            return self.refused(refused)
        return self._answers.malformed(error.errors(), call)

    def undecodable(self, error: UnicodeDecodeError) -> Response[Any]:
        """Refuse a body that is not UTF-8. Any other text that cannot be decoded is a fault of the platform."""
        event = self._app.current_event
        if not event.is_base64_encoded or base64.b64decode(event.body or "") != error.object:
            return self.fault(error)
        problem = {"loc": ("body",), "msg": "The body is not UTF-8", "type": "json_invalid"}
        return self.malformed(RequestValidationError([problem]))

    def unreadable(self, error: ValueError) -> Response[Any]:
        """Refuse a multipart body without a boundary, or not in bytes. Other errors are faults of the platform."""
        in_body = isinstance(error, UnicodeEncodeError) and error.object == self._app.current_event.body
        if not in_body and not str(error).startswith("Missing boundary"):
            return self.fault(error)
        problem = {"loc": ("body",), "msg": "The body is not a multipart form", "type": "multipart_invalid"}
        return self.malformed(RequestValidationError([problem]))

    def in_dependency(self, error: DependencyResolutionError) -> Response[Any]:
        cause = error.__cause__
        if isinstance(cause, DependencyResolutionError):
            return self.in_dependency(cause)
        if isinstance(cause, PostriderError):
            return self.refused(cause)
        if isinstance(cause, RequestValidationError):
            return self._answers.malformed(cause.errors(), self._call())
        return self.fault(cause or error)

    def by_framework(self, error: ServiceError) -> Response[Any]:
        return self._answers.unrouted(error.status_code, (), self._call())

    def fault(self, error: BaseException) -> Response[Any]:
        logger.exception("fault", exc_info=error)
        return self._answers.fault(self._call())

    def unknown_route(self, error: Exception) -> Response[Any]:
        routes = self._app._static_routes + self._app._dynamic_routes
        path = self._app.current_event.path
        return refuse_route(self._app, sorted({route.method for route in routes if route.rule.match(path)}))

    def _call(self) -> Call:
        return call_of(self._app.current_event.raw_event, self._app.context.get("_route"))


def call_of(event: Event, route: Any | None = None) -> Call:
    headers = {name.lower(): value for name, value in event["headers"].items()}
    context = event["requestContext"]
    return Call(context["http"]["method"], event["rawPath"], headers, route, context.get("requestId", ""))


def refuse_route(app: Resolver, methods: Sequence[str]) -> Response[Any]:
    """Return 405 with the methods of the path (RFC 9110, section 15.5.6), or 404 for an unknown path."""
    call = call_of(app.current_event.raw_event)
    answer: Response[Any] = app.dialect.answers.unrouted(405 if methods else 404, methods, call)
    return answer


def entrypoint(app: Resolver, *, keep_answers: bool = True) -> Callable[[Event, Any], Result]:
    """Return the Lambda handler. It logs one structured line per request, without addresses and content.

    `keep_answers=False` ignores an Idempotency-Key, for responses that must not be stored.
    """

    dialect: Dialect = app.dialect
    make_clients("dynamodb")

    def answer_to(event: Event, context: Any) -> Result:
        if _too_large(event):
            raise TooLarge(f"A body has at most {MAX_BODY_BYTES} bytes.")
        for prepare in dialect.before:
            event = prepare(event)
        resolve = partial(app.resolve, event, context)
        result = answer_once(event, resolve, dialect) if keep_answers else resolve()
        if _too_much(result):
            raise TooLarge("The answer is larger than 6 MB; request fewer items.", code="answer_too_large")
        for finish in dialect.after:
            result = finish(event, result)
        return result

    def lambda_handler(event: Event, context: Any) -> Result:
        event = decoded(event)
        begin_count()
        begin_audit()
        begin_call(ip=event["requestContext"]["http"].get("sourceIp"), origin=dialect.origin)
        try:
            answer = answer_to(event, context)
        except PostriderError as refused:
            answer = result_of(dialect.answers.refused(refused, call_of(event)))
        except Exception:  # outside the routes, for example if the Idempotency-Key cannot be stored
            logger.exception("fault")
            answer = result_of(dialect.answers.fault(call_of(event)))
        finally:
            end_call()
        http = event["requestContext"]["http"]
        record_change(event, answer, dialect.name)
        add_limit_headers(answer)
        if http["method"] == "HEAD" or answer["statusCode"] == NO_CONTENT:
            answer["body"] = ""
        publish()
        logger.info(
            "request",
            method=http["method"],
            route=event.get("routeKey"),
            status=answer["statusCode"],
            request_id=event["requestContext"].get("requestId"),
        )
        return answer

    return lambda_handler


def _too_large(event: Event) -> bool:
    """Return whether the body exceeds the limit, without decoding it: the body is three quarters of its base64 text."""
    length = len(event.get("body") or "")
    return (length * 3 // 4 if event.get("isBase64Encoded") else length) > MAX_BODY_BYTES


def _too_much(answer: Result) -> bool:
    """Return whether an answer exceeds the limit; it is encoded only if its length allows this (six bytes a character)."""
    body = answer.get("body") or ""
    if 6 * len(body) <= MAX_ANSWER_BYTES:
        return False
    return len(json.dumps(body, ensure_ascii=False).encode()) > MAX_ANSWER_BYTES


def document_of(app: Resolver) -> dict[str, Any]:
    """Return the app's OpenAPI document. Parameters that a dependency reads (account_id) are listed with the route's."""
    with _parameters_of_dependencies(app):
        schemes: Any = dict(app.dialect.security)  # the framework derives its models from them
        schema = app.get_openapi_json_schema(security_schemes=schemes)
    document: dict[str, Any] = from_json(_with_names_of_generics(schema))
    _put_our_errors(document, app.dialect)
    return document


def _with_names_of_generics(schema: str) -> str:
    """Rename the models of generics from names with parameters ("PageOf_FormFullResponse_") to their own names."""
    for key, model in from_json(schema).get("components", {}).get("schemas", {}).items():
        if key.endswith("_"):
            schema = schema.replace(f'"{key}":', f'"{model["title"]}":').replace(f'/{key}"', f'/{model["title"]}"')
    return schema


def _put_our_errors(document: dict[str, Any], dialect: Dialect) -> None:
    """Replace the 422 and 500 that Powertools adds to every operation by the errors of the dialect."""
    schemas = document.get("components", {}).get("schemas", {})
    for methods in document["paths"].values():
        for operation in methods.values():
            answers = operation["responses"]
            answers.pop("500", None)
            if "HTTPValidationError" in str(answers.get("422")):
                del answers["422"]
    for name in ("HTTPValidationError", "ResponseValidationError"):
        schemas.pop(name, None)
    if schemas.pop("ValidationError", None) and 422 in dialect.errors:
        _, model = dialect.errors[422]
        schemas |= model.model_json_schema(ref_template="#/components/schemas/{model}")["$defs"]


@contextmanager
def _parameters_of_dependencies(app: Resolver) -> Iterator[None]:
    added: list[tuple[list[Any], Any]] = []
    for route in app._dynamic_routes + app._static_routes:
        for dependency in route.dependant.dependencies:
            for field in dependency.dependant.query_params:
                route.dependant.query_params.append(field)
                added.append((route.dependant.query_params, field))
    try:
        yield
    finally:
        for fields, field in added:
            fields.remove(field)

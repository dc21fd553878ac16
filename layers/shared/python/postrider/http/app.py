"""Build an app, and a part of the OpenAPI document, from routes."""

import base64
import inspect
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

from postrider.http.bodies import MAX_LEVELS, from_json, is_deeper, to_json
from postrider.http.dialect import Call, Dialect, ErrorModels, Event
from postrider.http.parameters import with_own_parameters
from postrider.http.routing import pattern_of, precedence
from postrider.http.strictness import unknown_members
from postrider.kit.errors import PostriderError
from postrider.kit.observability import logger

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Resolver(APIGatewayHttpResolver):
    """The framework's resolver, with paths as in `routing`; with `keep_answers`, an Idempotency-Key is observed."""

    def __init__(self, dialect: Dialect, *, keep_answers: bool) -> None:
        self.dialect, self.keep_answers = dialect, keep_answers
        super().__init__(
            enable_validation=True,
            response_validation_error_http_code=500,
            serializer=to_json,
            json_body_deserializer=_object_of,
        )
        self._validate = self._request_validation_middleware
        self._request_validation_middleware: Any = self._validate_once

    def _validate_once(self, app: "Resolver", next_middleware: Callable[..., Any]) -> Any:
        """Refuse a repeated parameter of the query, of which the framework would use only one; then validate."""
        route, query = app.context["_route"], app.current_event.raw_event.get("rawQueryString") or ""
        counts = Counter(name for name, _ in parse_qsl(query, keep_blank_values=True))
        twice = [name for name, count in counts.items() if count > 1 and name in _single_parameters(route.dependant)]
        if twice:
            problem = {"msg": "The parameter is given more than once; send it once.", "type": "repeated"}
            raise RequestValidationError([{**problem, "loc": ("query", name)} for name in twice])
        if not self.dialect.is_strict(app.current_event.headers):
            return self._validate(app, next_middleware)
        return self._validate(app, partial(_refuse_unknown_members, next_middleware=next_middleware))

    def _compile_regex(  # type: ignore[override]  # static in the framework, which calls it on the resolver
        self, rule: str, base_regex: str = ""
    ) -> re.Pattern[str]:
        return pattern_of(rule.replace("<", "{").replace(">", "}"), self.dialect.spanning)


class Operations:
    """A registry of the routes of a module, with their common properties.

    The operation id is the function's name, the description its docstring. `errors` are the statuses of errors in the document
    in addition to the general ones; a public operation needs no token. With `keep_answers=False`, an Idempotency-Key is
    ignored, since answers contain data that must not be stored.
    """

    def __init__(self, tag: str, dialect: Dialect, *, keep_answers: bool = True) -> None:
        self.router = APIGatewayHttpRouter()
        self.dialect = dialect
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
        tag: str | None = None,
        status: int = 200,
        public: bool = False,
        errors: tuple[int, ...] | None = None,
        error_models: ErrorModels | None = None,
        **options: Any,
    ) -> Callable[[Handler], Handler]:
        """Register a function for one or more methods and `path` ("/lists/{list_id}").

        `tag` replaces the tag of the module, and `error_models` the models of the dialect if the operation has another envelope.
        """
        models = error_models or self.dialect.errors
        if errors is None:
            errors = tuple(code for code in self.dialect.usual_errors if code != 401 or not public)
        if errors:
            errors = (*errors, *self._general_errors(public=public, is_write=method != "GET"))

        def register(handler: Handler) -> Handler:
            self.router.route(
                path.replace("{", "<").replace("}", ">"),
                method,
                summary=summary,
                description=inspect.getdoc(handler),
                tags=[tag or self._tag],
                operation_id=handler.__name__,
                status_code=status,
                security=[] if public else [{name: [] for name in self.dialect.security}],
                responses=_success(handler, status)
                | {code: _error(models, code, self.dialect.error_type) for code in errors}
                | options.pop("responses", {}),
                **options,
            )(with_own_parameters(handler))
            return handler

        return register

    def _general_errors(self, *, public: bool, is_write: bool) -> Iterator[int]:
        """Yield the possible general errors of the dialect: 403 with a token, 409 if an Idempotency-Key is used."""
        for status in self.dialect.general_errors:
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
    app = Resolver(dialect, keep_answers=bool(groups) and all(group.keep_answers for group in groups))
    for group in groups:
        app.include_router(group.router)
    app._dynamic_routes.sort(key=lambda route: precedence(route.openapi_path, dialect.spanning))
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

"""From routes to a Lambda entry point, and from routes to their part of the OpenAPI document."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, get_type_hints

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

from postrider.http import errors, wire
from postrider.http.auth import identify
from postrider.http.idempotency import answer_once, problem
from postrider.kit.errors import PostriderError
from postrider.kit.observability import logger, publish

Handler = TypeVar("Handler", bound=Callable[..., Any])
Render = Callable[[PostriderError], Response[Any]]

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Lambda takes 6 MB for the whole event, in which the body is text inside JSON:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

MAX_ANSWER_BYTES = 6_000_000
"""Lambda's limit for an answer, which holds the body as text inside JSON, less what its headers take."""

SECURED: list[dict[str, list[str]]] = [{"OAuth2PasswordBearer": []}]

_RESPONSES: dict[int, tuple[str, type]] = {
    400: ("Business rule failed or id unknown.", wire.BadRequestError),
    401: ("Missing, invalid or expired token.", wire.UnauthorizedError),
    403: ("Token lacks the right.", wire.ForbiddenError),
    422: ("Request does not fit the schema.", wire.ValidationErrors),
}


class _Resolver(APIGatewayHttpResolver):
    """A parameter of a path is all between two slashes; the framework leaves out #, ", ? and ` (an interest is `c#`)."""

    @staticmethod
    def _compile_regex(rule: str, base_regex: str = "^{}$") -> re.Pattern[str]:
        return re.compile(base_regex.format(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", rule)))


class Operations:
    """Routes of one tag of the main API; what all of them share is said once here.

    The operation id is the function's name. `errors` are the statuses the document lists beside the good one; a public
    operation needs no token. `keep_answers=False`: an Idempotency-Key is ignored, since answers hold what must not be
    stored.
    """

    def __init__(self, tag: str, *, keep_answers: bool = True) -> None:
        self.router = APIGatewayHttpRouter()
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
        """What browsers look at by GET, and link checkers by HEAD, which gets no body (RFC 9110, section 9.3.2)."""
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
        **options: Any,
    ) -> Callable[[Handler], Handler]:
        """Register a function for one or more methods and `path` ("/lists/{list_id}")."""
        if errors is None:
            errors = (400, 422) if public else (400, 401, 422)

        def register(handler: Handler) -> Handler:
            self.router.route(
                path.replace("{", "<").replace("}", ">"),
                method,
                summary=summary,
                tags=[self._tag],
                operation_id=handler.__name__,
                status_code=status,
                security=[] if public else SECURED,
                responses=_success(handler, status)
                | {code: _response(code) for code in errors}
                | options.pop("responses", {}),
                **options,
            )(handler)
            return handler

        return register


def _success(handler: Callable[..., Any], status: int) -> dict[int, dict[str, Any]]:
    """Powertools documents the return type only of routes that list no responses of their own."""
    model = get_type_hints(handler).get("return")
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {}
    description = "Created" if status == 201 else "OK"
    return {status: {"description": description, "content": {"application/json": {"model": model}}}}


def _response(status: int) -> dict[str, Any]:
    description, model = _RESPONSES[status]
    return {"description": description, "content": {"application/json": {"model": model}}}


def build_app(*groups: Operations, render: Render = errors.render) -> APIGatewayHttpResolver:
    """The app of one function: its routes, validation of what comes in and goes out, and one renderer for errors."""
    app = _Resolver(
        enable_validation=True,
        response_validation_error_http_code=500,
        serializer=errors.to_json,
        json_body_deserializer=_object_of,
    )
    for group in groups:
        app.include_router(group.router)
    answer = _ErrorAnswers(app, render)
    app.exception_handler(PostriderError)(render)
    app.exception_handler([RequestValidationError, RequestUnsupportedContentType])(answer.malformed)
    app.exception_handler(UnicodeDecodeError)(answer.undecodable)
    app.exception_handler(ValueError)(answer.unreadable)
    app.exception_handler(DependencyResolutionError)(answer.in_dependency)
    app.exception_handler(ServiceError)(answer.by_framework)
    app.exception_handler([ResponseValidationError, Exception])(answer.fault)
    app.not_found(answer.unknown_route)
    return app


def _object_of(text: str) -> Any:
    """The JSON object in a body: every body of ours is one. Powertools would take the first element of a list for it.

    Stricter than `json`: no NaN, no lone surrogates, no depth or digits without end.
    """
    body = errors.from_json(text)
    if not isinstance(body, dict | None):
        raise RequestValidationError([{"loc": ("body",), "msg": "Input should be an object", "type": "dict_type"}])
    return body


class _ErrorAnswers:
    """What each kind of failure is answered with."""

    def __init__(self, app: APIGatewayHttpResolver, render: Render) -> None:
        self._app, self._render = app, render

    def malformed(self, error: RequestValidationError | RequestUnsupportedContentType) -> Response[Any]:
        """A stranger learns that a token is missing, not what the request should have been."""
        route = self._app.context.get("_route")
        try:
            if route is not None and route.security:
                identify(self._app.current_event.headers)
        except PostriderError as refused:
            return self._render(refused)
        return errors.render_malformed(error.errors())

    def undecodable(self, error: UnicodeDecodeError) -> Response[Any]:
        """A body that is no UTF-8; any other text that is none is a fault of ours."""
        event = self._app.current_event
        if not event.is_base64_encoded or base64.b64decode(event.body or "") != error.object:
            return self.fault(error)
        problem = {"loc": ("body",), "msg": "The body is not UTF-8", "type": "json_invalid"}
        return self.malformed(RequestValidationError([problem]))

    def unreadable(self, error: ValueError) -> Response[Any]:
        """A multipart body that says not where its parts end, or is no bytes; any other of these is a fault of ours."""
        in_body = isinstance(error, UnicodeEncodeError) and error.object == self._app.current_event.body
        if not in_body and not str(error).startswith("Missing boundary"):
            return self.fault(error)
        problem = {"loc": ("body",), "msg": "The body is no multipart form", "type": "multipart_invalid"}
        return self.malformed(RequestValidationError([problem]))

    def in_dependency(self, error: DependencyResolutionError) -> Response[Any]:
        cause = error.__cause__
        if isinstance(cause, DependencyResolutionError):
            return self.in_dependency(cause)
        if isinstance(cause, PostriderError):
            return self._render(cause)
        if isinstance(cause, RequestValidationError):
            return errors.render_malformed(cause.errors())
        return self.fault(cause or error)

    def by_framework(self, error: ServiceError) -> Response[Any]:
        return errors.render_framework(error.status_code, str(error.msg))

    def fault(self, error: BaseException) -> Response[Any]:
        logger.exception("fault", exc_info=error)
        return errors.render_fault()

    def unknown_route(self, error: Exception) -> Response[Any]:
        return errors.render_framework(404, "Not Found")


def entrypoint(
    app: APIGatewayHttpResolver, *, keep_answers: bool = True
) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The Lambda handler: one structured log line a request, no addresses and no content in it.

    `keep_answers=False`: an Idempotency-Key is ignored, where answers hold what must not be stored.
    """

    def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if _too_large(event):
            answer = problem(400, f"A body has at most {MAX_BODY_BYTES} bytes.", "too_large")
        elif keep_answers:
            answer = answer_once(event, lambda: app.resolve(event, context))
        else:
            answer = app.resolve(event, context)
        if _too_much(answer):
            answer = problem(400, "The answer would be over 6 MB; ask for less at once.", "answer_too_large")
        http = event["requestContext"]["http"]
        if http["method"] == "HEAD":
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


def _too_large(event: dict[str, Any]) -> bool:
    """Before anything is parsed or asked. Of base64 three quarters are the body."""
    length = len(event.get("body") or "")
    return (length * 3 // 4 if event.get("isBase64Encoded") else length) > MAX_BODY_BYTES


def _too_much(answer: dict[str, Any]) -> bool:
    """Weighed only when it may be: a character takes six bytes at most."""
    body = answer.get("body") or ""
    if 6 * len(body) <= MAX_ANSWER_BYTES:
        return False
    return len(json.dumps(body, ensure_ascii=False).encode()) > MAX_ANSWER_BYTES


def document_of(app: APIGatewayHttpResolver) -> dict[str, Any]:
    """The app's OpenAPI document; parameters that a dependency reads (account_id) are listed with the route's own."""
    with _parameters_of_dependencies(app):
        schema = app.get_openapi_json_schema(security_schemes=_security_schemes())
    document: dict[str, Any] = errors.from_json(schema)
    _put_our_errors(document)
    return document


def _security_schemes() -> dict[str, Any]:
    # Imported here: it takes a fifth of all imports of a function, and only the document needs it.
    from aws_lambda_powertools.event_handler.openapi.models import OAuth2, OAuthFlowPassword, OAuthFlows

    scopes = {
        "user": "Read and write customer resources.",
        "admin": "Read and write restricted resources.",
        "internal": "Write internal resources.",
    }
    return {
        "OAuth2PasswordBearer": OAuth2(
            description='Password grant at POST /token; send the access token as "Authorization: Bearer".',
            flows=OAuthFlows(password=OAuthFlowPassword(tokenUrl="/token", scopes=scopes)),
        )
    }


def _put_our_errors(document: dict[str, Any]) -> None:
    """Powertools adds a 422 and a 500 of its own to every operation, with models that our errors do not have."""
    schemas = document.get("components", {}).get("schemas", {})
    for methods in document["paths"].values():
        for operation in methods.values():
            answers = operation["responses"]
            answers.pop("500", None)
            if "HTTPValidationError" in str(answers.get("422")):
                del answers["422"]
    for name in ("HTTPValidationError", "ResponseValidationError"):
        schemas.pop(name, None)
    if "ValidationError" in schemas:
        schemas["ValidationError"] = wire.ValidationError.model_json_schema()


@contextmanager
def _parameters_of_dependencies(app: APIGatewayHttpResolver) -> Iterator[None]:
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

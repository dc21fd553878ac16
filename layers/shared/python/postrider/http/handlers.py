"""Make Lambda handlers from apps: limits of size, steps of the dialect, idempotency, log and audit around each call."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from postrider.aws.clients import make_clients
from postrider.http.app import NO_CONTENT, Resolver, call_of
from postrider.http.audit import begin_audit, record_change
from postrider.http.bodies import Result, result_of
from postrider.http.call_limits import add_limit_headers, end_call
from postrider.http.dialect import Dialect, Event
from postrider.http.idempotency import answer_once
from postrider.http.requests import decoded
from postrider.kit.actors import begin_call
from postrider.kit.errors import PostriderError, TooLarge
from postrider.kit.observability import logger, publish
from postrider.rate_limits.current import begin_count

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Maximum size of a body. Lambda accepts 6 MB for the whole event, in which the body is text inside JSON:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

MAX_ANSWER_BYTES = 6_000_000
"""Maximum size of the body of an answer: Lambda's limit for an answer as JSON, minus its headers."""

Handler = Callable[[Event, Any], Result]
"""A Lambda handler."""
Choose = Callable[[Event], tuple[Resolver, str | None]]
"""A function that returns the app for a call whose event the dialect has prepared, and its route ("GET /lists/{list_id}")."""


def entrypoint(app: Resolver) -> Handler:
    """Return the handler of a function with one app. The log has the route of the gateway."""
    return handler_of(app.dialect, lambda event: (app, event.get("routeKey")))


def handler_of(dialect: Dialect, choose: Choose) -> Handler:
    """Return the handler of a function. It logs one structured line per request, without addresses and content."""
    make_clients("dynamodb")

    def answer_to(event: Event, context: Any) -> Result:
        if _too_large(event):
            raise TooLarge(f"A body has at most {MAX_BODY_BYTES} bytes.")
        sent = prepared(event, dialect)
        app, route = choose(sent)
        event["routeKey"] = sent["routeKey"] = route  # the gateway may only have matched a prefix
        resolve = partial(app.resolve, sent, context)
        result = answer_once(sent, resolve, dialect) if app.keep_answers else resolve()
        if _too_much(result):
            raise TooLarge("The answer is larger than 6 MB; request fewer items.", code="answer_too_large")
        for finish in dialect.after:
            result = finish(sent, result)
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


def prepared(event: Event, dialect: Dialect) -> Event:
    """Return the decoded event after the steps of the dialect."""
    for step in dialect.before:
        event = step(event)
    return event


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

"""Answer a call with an `Idempotency-Key` once: the same key and body get the stored answer, another body gets 409.

A refused call has no effect and does not use its key: a corrected call can be sent with the same key. A call that fails with
a 5xx may have had its effect, as an interrupted call: it keeps its key, and its repetition gets 409.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from postrider.accounts.model import Caller
from postrider.http.bodies import Result
from postrider.http.dialect import Dialect, Event, RepeatedCall
from postrider.kit.errors import Invalid, PostriderError
from postrider.kit.observability import logger
from postrider.kit.settings import table_name
from postrider.storage.dynamo import client

MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEPT_FOR = timedelta(hours=24)
MAX_KEY_LENGTH = 255


_FAILED: Result = {"failed": True}
"""The stored result of a failed call."""


class _UnstoredAnswer(Exception):
    """A refused call, whose answer is returned but not stored."""

    def __init__(self, answer: Result) -> None:
        self.answer = answer


_EXPIRES_WITH_ITS_KEY: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: KEPT_FOR // timedelta(milliseconds=1))
"""The context of a call. Its time equals the retention of keys: an interrupted call may have had an effect, and keeps its key."""


def answer_once(event: Event, resolve: Callable[[], Result], dialect: Dialect) -> Result:
    """Return `resolve()`, or the stored result of the first call of this user with this key, method and path.

    A token with other scopes is another caller, so that a key does not bypass a right. Raises Invalid for an invalid key,
    RepeatedCall for a key of another call, RateLimited because a repeated call is counted too.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    key = headers.get("idempotency-key")
    http = event["requestContext"]["http"]
    if key is None or http["method"] not in MUTATING:
        return resolve()
    if not 0 < len(key) <= MAX_KEY_LENGTH:
        reason = f"Idempotency-Key must have 1 to {MAX_KEY_LENGTH} characters."
        raise Invalid(reason, code="idempotency_key_invalid")
    try:
        caller = dialect.identify(headers, event["rawPath"])
    except PostriderError:
        return resolve()
    dialect.count(caller, event["rawPath"])
    scope = "\n".join((*_identity_of(caller), http["method"], event["rawPath"], event.get("rawQueryString", ""), key))
    request = {
        "scope": hashlib.sha256(scope.encode()).hexdigest(),
        "body": hashlib.sha256((event.get("body") or "").encode(errors="surrogatepass")).hexdigest(),
    }
    return _answer_stored(request, resolve)


def _identity_of(caller: Caller) -> tuple[str, str, str]:
    return caller.account_id, caller.user_id, ",".join(sorted(caller.scopes))


def _answer_stored(request: dict[str, str], resolve: Callable[[], Result]) -> Result:
    # imported here, because only calls with a key need it
    from aws_lambda_powertools.utilities.idempotency import (
        DynamoDBPersistenceLayer,
        IdempotencyConfig,
        idempotent_function,
    )
    from aws_lambda_powertools.utilities.idempotency.exceptions import (
        IdempotencyAlreadyInProgressError,
        IdempotencyPersistenceLayerError,
        IdempotencyValidationError,
    )

    store = DynamoDBPersistenceLayer(
        table_name("jobs"), boto3_client=client(), key_attr="pk", sort_key_attr="sk", expiry_attr="expires_at"
    )
    config = IdempotencyConfig(
        event_key_jmespath="scope",
        payload_validation_jmespath="body",
        expires_after_seconds=int(KEPT_FOR.total_seconds()),
    )
    config.register_lambda_context(_EXPIRES_WITH_ITS_KEY)
    answers: list[Result] = []

    @idempotent_function(  # type: ignore[untyped-decorator]  # Powertools does not type it
        data_keyword_argument="request", persistence_store=store, config=config, key_prefix="http"
    )
    def run(*, request: dict[str, str]) -> Result:
        answer = resolve()
        answers.append(answer)
        return _stored(answer)

    try:
        result: Result = run(request=request)
    except _UnstoredAnswer as refused:
        return refused.answer
    except IdempotencyValidationError as exc:
        reason = "This Idempotency-Key was used with another body."
        raise RepeatedCall(reason, code="idempotency_key_reused") from exc
    except IdempotencyAlreadyInProgressError as exc:
        raise _interrupted() from exc
    except IdempotencyPersistenceLayerError:
        if not answers:
            raise
        logger.exception("an answer was not kept")  # the call has succeeded nevertheless
        return answers[0]
    if answers:
        return answers[0]
    if result == _FAILED:
        raise _interrupted()
    return result


def _stored(answer: Result) -> Result:
    """Return what is stored with the key for this answer. Raises _UnstoredAnswer for a refused call."""
    if 400 <= answer["statusCode"] < 500:
        raise _UnstoredAnswer(answer)
    return answer if answer["statusCode"] < 400 else _FAILED


def _interrupted() -> RepeatedCall:
    reason = "The first call with this Idempotency-Key is still running, or was interrupted: check its effect before you retry."
    return RepeatedCall(reason, code="idempotency_in_progress")

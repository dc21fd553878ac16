"""`Idempotency-Key`: the same key and body get the first answer again; the same key with another body is a 409.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from postrider.accounts.model import Caller
from postrider.http import errors
from postrider.http.auth import identify
from postrider.kit.errors import PostriderError
from postrider.kit.observability import logger
from postrider.kit.settings import table_name
from postrider.storage.dynamo import client

MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEPT_FOR = timedelta(hours=24)
MAX_KEY_LENGTH = 255

Answer = dict[str, Any]


class _NotKept(Exception):
    """Carries an answer past the store: a fault is no answer to repeat."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


_UNKNOWN_UNTIL_FORGOTTEN: Any = SimpleNamespace(
    get_remaining_time_in_millis=lambda: KEPT_FOR // timedelta(milliseconds=1)
)
"""A call that was cut off may have had its effect, so its key is not free again when its time is over."""


def answer_once(event: dict[str, Any], resolve: Callable[[], Answer]) -> Answer:
    """`resolve()`, or the answer it gave the first time this user used this key for this method and path.

    A token with other scopes is another caller: a key does not carry an answer past a right.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    key = headers.get("idempotency-key")
    http = event["requestContext"]["http"]
    if key is None or http["method"] not in MUTATING:
        return resolve()
    if not 0 < len(key) <= MAX_KEY_LENGTH:
        return problem(400, f"Idempotency-Key must have 1 to {MAX_KEY_LENGTH} characters.", "idempotency_key_invalid")
    try:
        caller = identify(headers)
    except PostriderError:
        return resolve()
    scope = "\n".join((*_who(caller), http["method"], event["rawPath"], event.get("rawQueryString", ""), key))
    request = {
        "scope": hashlib.sha256(scope.encode()).hexdigest(),
        "body": hashlib.sha256((event.get("body") or "").encode()).hexdigest(),
    }
    return _kept(request, resolve)


def _who(caller: Caller) -> tuple[str, str, str]:
    return caller.account_id, caller.user_id, ",".join(sorted(caller.scopes))


def _kept(request: dict[str, str], resolve: Callable[[], Answer]) -> Answer:
    # Imported here: only calls that carry a key pay for it.
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
    config.register_lambda_context(_UNKNOWN_UNTIL_FORGOTTEN)
    answers: list[Answer] = []

    @idempotent_function(  # type: ignore[untyped-decorator]  # Powertools does not type it
        data_keyword_argument="request", persistence_store=store, config=config, key_prefix="http"
    )
    def run(*, request: dict[str, str]) -> Answer:
        answer = resolve()
        answers.append(answer)
        if answer["statusCode"] >= 500 or answer["statusCode"] == 429:
            raise _NotKept(answer)
        return answer

    try:
        result: Answer = run(request=request)
    except _NotKept as fault:
        return fault.answer
    except IdempotencyValidationError:
        return problem(409, "This Idempotency-Key was used with another body.", "idempotency_key_reused")
    except IdempotencyAlreadyInProgressError:
        told = "The first call with this Idempotency-Key is still running, or was cut off: look what it did."
        return problem(409, told, "idempotency_in_progress")
    except IdempotencyPersistenceLayerError:
        if not answers:
            raise
        logger.exception("an answer was not kept")  # it holds all the same
        return answers[0]
    return result


def problem(status: int, message: str, code: str) -> Answer:
    body = errors.to_json({"detail": [{"msg": message, "type": code}]})
    return {
        "statusCode": status,
        "headers": {"Content-Type": errors.JSON},
        "body": body,
        "isBase64Encoded": False,
        "cookies": [],
    }

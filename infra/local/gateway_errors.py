"""Errors that the gateway makes itself, in the form of the API, and with the header that says when to try again.

AWS's HTTP API answers them as `{"message": "..."}` without that header, and has no setting for it (docs/operations.md).
"""

import json
from http import HTTPStatus

Answer = tuple[int, bytes, list[tuple[str, str]]]

RETRY_AFTER_S = 1
_WORTH_A_RETRY = frozenset({429, 502, 503, 504})
_TIMED_OUT = "Task timed out"


def gateway_error(status: int) -> Answer:
    headers = [("Content-Type", "application/json")]
    if status in _WORTH_A_RETRY:
        headers.append(("Retry-After", str(RETRY_AFTER_S)))
    return status, json.dumps({"detail": HTTPStatus(status).phrase}).encode(), headers


def in_our_form(answer: Answer) -> Answer:
    """Return an answer of the stand-in's gateway; one that no function made gets the form of the API."""
    status, body, _ = answer
    if status not in (429, 502):
        return answer
    try:
        content = json.loads(body)
    except ValueError:
        return answer
    if not isinstance(content, dict):
        return answer
    if str(content.get("errorMessage", "")).startswith(_TIMED_OUT):
        return gateway_error(504)
    return gateway_error(status) if content.keys() & {"errorMessage", "__type"} else answer

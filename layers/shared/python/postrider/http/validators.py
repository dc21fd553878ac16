"""Validators of answers: a strong ETag, and 304 for a caller who has the answer already (RFC 9110, sections 8.8.3 and 13.1.2)."""

import hashlib
from typing import Final

from postrider.http.bodies import Result
from postrider.http.dialect import Event

NOT_MODIFIED: Final = 304
ANY: Final = "*"


def conditional(event: Event, answer: Result) -> Result:
    """Add an ETag to a successful answer to a GET; return 304 without a body if the caller has sent this tag."""
    if event["requestContext"]["http"]["method"] != "GET" or answer["statusCode"] != 200:
        return answer
    tag = f'"{hashlib.sha256((answer.get("body") or "").encode()).hexdigest()[:32]}"'
    headers = {**(answer.get("headers") or {}), "ETag": tag}
    known = next((value for name, value in event["headers"].items() if name.lower() == "if-none-match"), "")
    if {tag, ANY}.isdisjoint(part.strip().removeprefix("W/") for part in known.split(",")):
        return {**answer, "headers": headers}
    headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return {**answer, "statusCode": NOT_MODIFIED, "headers": headers, "body": ""}

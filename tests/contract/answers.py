"""Whether a real answer of the API is what the contract promises for its operation and status."""

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.contract.conformance import contract, operations, resolve

FRAMEWORK = {"404", "405", "500"}
"""Answered as the framework does: a `detail` that is a text (main-api.md, section 2)."""
PLACES = ("body", "query", "path")
UNDECLARED = {"403": "ForbiddenError", "409": "BadRequestError", "429": "BadRequestError"}
"""Statuses that any operation may answer: missing right, reused Idempotency-Key, too many calls."""


def conforms(operation_id: str, status: int, body: Any) -> None:
    """Raise AssertionError with every place where `body` (parsed JSON, or text of an HTML answer) is not as promised.

    The keys of a good answer are all there, null when there is nothing to say, and there are no others.
    """
    problems = sorted(
        f"{error.json_path}: {error.message}" for error in _validator(operation_id, str(status)).iter_errors(body)
    )
    assert not problems, "\n".join([f"{operation_id} {status} is not as the contract says:", *problems])
    details = body.get("detail") if isinstance(body, dict) else None
    for detail in details if isinstance(details, list) else ():
        place = detail.get("loc") or ["body"]
        assert place[0] in PLACES, f"{operation_id} {status}: loc starts with {place[0]!r}"


def operation_at(method: str, path: str) -> str | None:
    """The operation that a call is of: "GET", "/lists/7" is get_list."""
    return next((name for verb, rule, name in _rules() if verb == method and rule.fullmatch(path)), None)


@cache
def _rules() -> list[tuple[str, re.Pattern[str], str]]:
    """Paths without parameters first, as the gateway prefers them."""
    found = sorted(operations(contract()).values(), key=lambda one: one.path.count("{"))
    return [(one.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", one.path)), one.id) for one in found]


@cache
def _validator(operation_id: str, status: str) -> Draft202012Validator:
    document = contract()
    answers = operations(document)[operation_id].body["responses"]
    if status in FRAMEWORK:
        schema = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
    elif status in answers:
        (content,) = resolve(document, answers[status])["content"].values()
        schema = content["schema"]
    else:
        assert status in UNDECLARED, f"{operation_id} does not answer {status}"
        schema = {"$ref": f"#/components/schemas/{UNDECLARED[status]}"}
    strict = int(status) < 300
    whole = _exact(schema, strict) | {"components": {"schemas": _schemas(strict)}}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


@cache
def _schemas(strict: bool) -> dict[str, Any]:
    return {name: _exact(one, strict) for name, one in contract()["components"]["schemas"].items()}


def _exact(schema: Any, strict: bool) -> Any:
    """The schema as it is meant: what is not required may be null, and when `strict` no key is missing or added."""
    if isinstance(schema, list):
        return [_exact(one, strict) for one in schema]
    if not isinstance(schema, dict):
        return schema
    meant = {key: _exact(value, strict) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        required = schema.get("required", [])
        meant["properties"] = {
            name: _exact(one, strict) if name in required else {"anyOf": [_exact(one, strict), {"type": "null"}]}
            for name, one in schema["properties"].items()
        }
        if strict:
            meant |= {"required": list(schema["properties"]), "additionalProperties": False}
    return meant

"""Handlers under test act under their rows of infra/functions.py: what the role would not allow is refused here as well.

The templates grant exactly what the rows name (tests/infra/test_least_privilege.py), so a missing grant shows in the
test of the feature and not in a deployment.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from infra.functions import FUNCTIONS
from infra.rows import Function, Grants, Permission
from postrider.adapters.s3 import S3ObjectStore

ROWS: dict[str, Grants] = {row.module: row for row in FUNCTIONS} | {
    f"{row.package}.{module}": grants for row in FUNCTIONS for module, grants in row.modules.items()
}
"""Also of the route modules of an area, whose function may do more than each of them."""
READS = frozenset({"BatchGetItem", "GetItem", "Query", "TransactGetItems"})
OTHERS = {
    ("kms", "Sign"): Permission.SIGN_TOKENS,
    ("kms", "GetPublicKey"): Permission.VERIFY_TOKENS,
    ("secretsmanager", "GetSecretValue"): Permission.DERIVE_KEYS,
    ("scheduler", "CreateSchedule"): Permission.SET_ALARMS,
    ("scheduler", "UpdateSchedule"): Permission.SET_ALARMS,
    ("scheduler", "DeleteSchedule"): Permission.SET_ALARMS,
    ("stepfunctions", "StartExecution"): Permission.RUN_CLOCKS,
    ("stepfunctions", "StopExecution"): Permission.RUN_CLOCKS,
    ("sesv2", "SendEmail"): Permission.SEND_MAIL,
    ("sesv2", "GetAccount"): Permission.READ_SENDING_LIMITS,
    ("sesv2", "ListEmailIdentities"): Permission.READ_SENDING_LIMITS,
    ("sesv2", "CreateEmailIdentity"): Permission.MANAGE_IDENTITIES,
    ("sesv2", "DeleteEmailIdentity"): Permission.MANAGE_IDENTITIES,
    ("sesv2", "GetEmailIdentity"): Permission.MANAGE_IDENTITIES,
    ("sesv2", "PutEmailIdentityDkimSigningAttributes"): Permission.MANAGE_IDENTITIES,
    ("sesv2", "PutEmailIdentityMailFromAttributes"): Permission.MANAGE_IDENTITIES,
}
_acting: list[str] = []


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Check calls of the SDK inside, on any thread, against this row: "functions.api.audience.routes_lists"."""
    _acting.append(name)
    try:
        yield
    finally:
        _acting.pop()


@contextmanager
def enforced() -> Iterator[None]:
    call = BaseClient._make_api_call

    def checked(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if _acting:
            _check(_acting[-1], client.meta.service_model.service_name, operation, parameters)
        return call(client, operation, parameters)

    def signed(sign: Callable[..., Any], operation: str) -> Callable[..., Any]:
        """Check the rights at the signing of a URL: AWS is not called, and the user of the URL has the rights of the signer."""

        def checked_sign(store: S3ObjectStore, key: str, *args: Any, **options: Any) -> Any:
            if _acting:
                _check(_acting[-1], "s3", operation, {"Key": key})
            return sign(store, key, *args, **options)

        return checked_sign

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", checked)
        patch.setattr(S3ObjectStore, "signed_download", signed(S3ObjectStore.signed_download, "GetObject"))
        patch.setattr(S3ObjectStore, "signed_upload", signed(S3ObjectStore.signed_upload, "PutObject"))
        yield


def _check(name: str, service: str, operation: str, parameters: dict[str, Any]) -> None:
    needed = _CHECKS.get(service, _other)(ROWS[name], service, operation, parameters)
    if needed:
        message = f"{name} is not authorized to perform: {service}:{operation}; its row lacks {needed}"
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, operation)


def _dynamodb(row: Grants, service: str, operation: str, parameters: dict[str, Any]) -> str | None:
    readable, writable = {*row.reads, *row.writes}, set(row.writes)
    for kind, table in _touched(operation, parameters):
        allowed = {"read": readable, "write": writable, "insert": set(row.inserts)}[kind]
        if table not in allowed:
            return f"{kind} {table}"
    return None


def _touched(operation: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if operation == "BatchExecuteStatement":
        yield from (("insert", _short(table)) for table in tables_of(operation, parameters))
    elif "TransactItems" in parameters:
        for item in parameters["TransactItems"]:
            ((action, what),) = item.items()
            yield "read" if action in ("ConditionCheck", "Get") else "write", _short(what["TableName"])
    else:
        kind = "read" if operation in READS else "write"
        yield from ((kind, _short(table)) for table in tables_of(operation, parameters))


def tables_of(operation: str, parameters: dict[str, Any]) -> list[str]:
    """Return the names of the tables of a call to DynamoDB."""
    if operation == "BatchExecuteStatement":
        return [re.search(r'"([^"]+)"', statement["Statement"])[1] for statement in parameters["Statements"]]
    if "TransactItems" in parameters:
        return [write["TableName"] for item in parameters["TransactItems"] for write in item.values()]
    return list(parameters.get("RequestItems") or [parameters[key] for key in ("TableName",) if key in parameters])


def _sqs(row: Grants, service: str, operation: str, parameters: dict[str, Any]) -> str | None:
    queue = _short(parameters["QueueUrl"].rpartition("/")[2])
    if operation == "ChangeMessageVisibilityBatch":
        return None if isinstance(row, Function) and row.consumes and queue == row.name else f"consumes {queue}"
    return None if operation == "SendMessageBatch" and queue in row.sends_to else f"sends_to {queue}"


def _s3(row: Grants, service: str, operation: str, parameters: dict[str, Any]) -> str | None:
    prefixes = row.gets if operation in ("GetObject", "HeadObject") else row.puts
    return None if parameters["Key"].startswith(prefixes) else f"the prefix of {parameters['Key']}"


def _other(row: Grants, service: str, operation: str, parameters: dict[str, Any]) -> str | None:
    """Check a call of another service; calls that are not listed are made by the endpoint for mails in this process."""
    needed = OTHERS.get((service, operation))
    return None if needed is None or needed in row.can else f"can {needed}"


_CHECKS: dict[str, Callable[..., str | None]] = {"dynamodb": _dynamodb, "sqs": _sqs, "s3": _s3}


def _short(name: str) -> str:
    return name.removeprefix("postrider-")

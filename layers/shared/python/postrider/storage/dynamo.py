"""Helpers between pynamodb items and entities, and the client for what pynamodb has no form for."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from pynamodb.attributes import Attribute
from pynamodb.connection import Connection
from pynamodb.exceptions import (
    DeleteError,
    PutError,
    PynamoDBException,
    TransactWriteError,
    UpdateError,
)
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from postrider.kit.chunks import in_chunks
from postrider.storage.retries import session

T = TypeVar("T")

BATCH_STATEMENTS = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html"""
BATCH_GET_KEYS = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
TRANSACT_ITEMS = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

TRANSACT_BYTES = 3 * 1024 * 1024
"""DynamoDB takes 4 MB of items; this leaves room for what is small."""

_CONDITION_FAILED = "ConditionalCheckFailed"


def entity(kind: type[T], item: Model) -> T:
    """The dataclass `kind` from the item's attributes of the same names."""
    return kind(**{field.name: getattr(item, field.name) for field in fields(kind)})  # type: ignore[arg-type]


def condition_failed(exc: PynamoDBException) -> bool:
    """Whether a write was refused by its condition; in a transaction: whether any of its conditions was."""
    if isinstance(exc, TransactWriteError):
        return any(reason is not None and reason.code == _CONDITION_FAILED for reason in exc.cancellation_reasons)
    return exc.cause_response_code == f"{_CONDITION_FAILED}Exception"


def was_made(write: Callable[[], object]) -> bool:
    """Make a conditional write; False when its condition refused it."""
    try:
        write()
    except (PutError, UpdateError, DeleteError, TransactWriteError) as exc:
        if not condition_failed(exc):
            raise
        return False
    return True


@contextmanager
def on_condition_failure(error: Exception) -> Iterator[None]:
    """Raise `error` instead when the write inside is refused by its condition."""
    try:
        yield
    except (PutError, UpdateError, DeleteError, TransactWriteError) as exc:
        if condition_failed(exc):
            raise error from exc
        raise


class UnixSeconds(Attribute[datetime]):
    """A moment stored as a number of Unix seconds, so that it sorts and compares in expressions."""

    attr_type = "N"

    def serialize(self, value: datetime) -> str:
        return str(int(value.timestamp()))

    def deserialize(self, value: str) -> datetime:
        return datetime.fromtimestamp(int(value), UTC)


@lru_cache(maxsize=1)
def _connection() -> Connection:
    return Connection()


def transaction(*, token: str | None = None) -> TransactWrite:
    """A transaction, as a context manager. The connection is shared: making one costs a client, 100 ms.

    `token`: the same writes with the same token within ten minutes take effect once.
    """
    return TransactWrite(connection=_connection(), client_request_token=token)


def transact(write: Callable[[TransactWrite], object]) -> None:
    """All that `write` puts into one transaction."""
    with transaction() as writes:
        write(writes)


@lru_cache(maxsize=1)
def client() -> Any:
    """The low-level client, for batched PartiQL and range reads of many small items.

    Parameter validation is off: it costs a quarter of a batched write's CPU and the shapes are built in one place each.
    """
    return boto3.Session(botocore_session=session()).client("dynamodb", config=Config(parameter_validation=False))


_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def to_wire(value: Any) -> dict[str, Any]:
    """A Python value as a typed DynamoDB value: 5 -> {"N": "5"}."""
    wire: dict[str, Any] = _serializer.serialize(value)
    return wire


def from_wire(item: dict[str, Any]) -> dict[str, Any]:
    """A typed DynamoDB item as Python values; numbers are Decimal, binary is boto3's Binary."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def in_chunks_of_weight(
    items: Iterable[T], size: int, weight: Callable[[T], int], most: int = TRANSACT_BYTES
) -> Iterator[Sequence[T]]:
    """As `in_chunks`, and together at most of weight `most`, but for an item that is heavier by itself."""
    chunk: list[T] = []
    total = 0
    for item in items:
        heavy = weight(item)
        if chunk and (len(chunk) == size or total + heavy > most):
            yield chunk
            chunk, total = [], 0
        chunk.append(item)
        total += heavy
    if chunk:
        yield chunk


class Throttled(Exception):
    """DynamoDB refused some of a batch several times; what it took is stored."""


BATCH_TRIES = 8
FIRST_PAUSE_S = 0.05

_STATEMENT_OUTCOMES = frozenset({None, "DuplicateItem", "ConditionalCheckFailed"})
_STATEMENT_RETRIES = frozenset(
    {"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "InternalServerError"}
    | {"TransactionConflict"}
)
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html"""


def pauses() -> Iterator[None]:
    """One step per try, with a growing, jittered pause before each but the first; ends with Throttled."""
    for attempt in range(BATCH_TRIES):
        if attempt:
            time.sleep(random.uniform(0, FIRST_PAUSE_S * 2**attempt))
        yield
    raise Throttled(f"refused {BATCH_TRIES} times")


def execute_statements(statements: Sequence[dict[str, Any]]) -> list[str | None]:
    """Run PartiQL statements ({"Statement", "Parameters"}) 25 a call; the error code of each, None when it worked.

    A statement fails alone: DuplicateItem or ConditionalCheckFailed says that its condition did not hold. Raises
    Throttled, and RuntimeError for a statement that cannot be run at all.
    """
    outcome: list[str | None] = [None] * len(statements)
    for chunk in in_chunks(range(len(statements)), BATCH_STATEMENTS):
        waiting = list(chunk)
        for _ in pauses():
            answer = client().batch_execute_statement(Statements=[statements[number] for number in waiting])
            codes = [response.get("Error", {}).get("Code") for response in answer["Responses"]]
            for number, code in zip(waiting, codes, strict=True):
                outcome[number] = code
            waiting = [number for number in waiting if outcome[number] in _STATEMENT_RETRIES]
            if not waiting:
                break
    if strange := {code for code in outcome if code not in _STATEMENT_OUTCOMES}:
        raise RuntimeError(f"statements were refused: {sorted(map(str, strange))}")
    return outcome


def insert_statement(item: Model) -> dict[str, Any]:
    """Put-if-absent of an item as PartiQL; names are those of the model's attributes, values are parameters."""
    values = item.serialize()
    names = ", ".join(f"'{name}': ?" for name in values)
    return {
        "Statement": f'INSERT INTO "{item.Meta.table_name}" VALUE {{{names}}}',
        "Parameters": list(values.values()),
    }


ModelT = TypeVar("ModelT", bound=Model)


def batch_get(model: type[ModelT], keys: Iterable[tuple[str, str]], *, consistent: bool = True) -> Iterator[ModelT]:
    """The items that exist of these (hash, range) keys, in any order, 100 a call. Raises Throttled."""
    table = model.Meta.table_name
    hash_name = model._hash_keyname
    range_name = model._range_keyname
    for chunk in in_chunks(dict.fromkeys(keys), BATCH_GET_KEYS):
        waiting = [{hash_name: {"S": pk}, range_name: {"S": sk}} for pk, sk in chunk]
        for _ in pauses():
            request = {table: {"Keys": waiting, "ConsistentRead": consistent}}
            answer = client().batch_get_item(RequestItems=request)
            yield from (model.from_raw_data(raw) for raw in answer["Responses"].get(table, []))
            waiting = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if not waiting:
                break

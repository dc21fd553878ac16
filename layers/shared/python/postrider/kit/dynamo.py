"""Helpers between pynamodb items and entities, and the client for what pynamodb has no form for."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from pynamodb.attributes import Attribute
from pynamodb.exceptions import (
    DeleteError,
    PutError,
    PynamoDBException,
    TransactWriteError,
    UpdateError,
)
from pynamodb.models import Model

T = TypeVar("T")

BATCH_STATEMENTS = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html"""
BATCH_GET_KEYS = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
TRANSACT_ITEMS = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

_CONDITION_FAILED = "ConditionalCheckFailed"


def entity(kind: type[T], item: Model) -> T:
    """The dataclass `kind` from the item's attributes of the same names."""
    return kind(**{field.name: getattr(item, field.name) for field in fields(kind)})  # type: ignore[arg-type]


def condition_failed(exc: PynamoDBException) -> bool:
    """Whether a write was refused by its condition; in a transaction: whether any of its conditions was."""
    if isinstance(exc, TransactWriteError):
        return any(reason is not None and reason.code == _CONDITION_FAILED for reason in exc.cancellation_reasons)
    return exc.cause_response_code == f"{_CONDITION_FAILED}Exception"


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
def client() -> Any:
    """The low-level client, for batched PartiQL and range reads of many small items.

    Parameter validation is off: it costs a quarter of a batched write's CPU and the shapes are built in one place each.
    """
    return boto3.client("dynamodb", config=Config(parameter_validation=False))


_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def to_wire(value: Any) -> dict[str, Any]:
    """A Python value as a typed DynamoDB value: 5 -> {"N": "5"}."""
    wire: dict[str, Any] = _serializer.serialize(value)
    return wire


def from_wire(item: dict[str, Any]) -> dict[str, Any]:
    """A typed DynamoDB item as Python values; numbers are Decimal, binary is boto3's Binary."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def in_chunks(items: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """Consecutive slices of at most `size`, in order."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk

"""Convert between pynamodb items and entities; run conditional writes, transactions and batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
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

from postrider.aws import clients
from postrider.kit.chunks import in_chunks
from postrider.kit.pauses import pauses

T = TypeVar("T")

BATCH_STATEMENTS = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html"""
BATCH_GET_KEYS = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
PARTITION_KEY_BYTES, SORT_KEY_BYTES = 2048, 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
TRANSACT_ITEMS = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

TRANSACT_BYTES = 3 * 1024 * 1024
"""Maximum weight of the large items of a transaction: below the 4 MB of DynamoDB, which also include small items."""

_CONDITION_FAILED = "ConditionalCheckFailed"


def entity(kind: type[T], item: Model) -> T:
    """Return the dataclass `kind` with the item's attributes of the same names."""
    return kind(**{field.name: getattr(item, field.name) for field in fields(kind)})  # type: ignore[arg-type]


def condition_failed(exc: PynamoDBException) -> bool:
    """Return whether the condition of a write, or any condition of a transaction, failed."""
    if isinstance(exc, TransactWriteError):
        return any(reason is not None and reason.code == _CONDITION_FAILED for reason in exc.cancellation_reasons)
    return exc.cause_response_code == f"{_CONDITION_FAILED}Exception"


def was_made(write: Callable[[], object]) -> bool:
    """Execute a conditional write. Return False if its condition failed."""
    try:
        write()
    except (PutError, UpdateError, DeleteError, TransactWriteError) as exc:
        if not condition_failed(exc):
            raise
        return False
    return True


@contextmanager
def on_condition_failure(error: Exception) -> Iterator[None]:
    """Raise `error` if the condition of the write in this block fails."""
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


_connection = Connection()
"""The connection for transactions, which belong to no model."""


def transaction(*, token: str | None = None) -> TransactWrite:
    """Return a transaction as a context manager.

    Equal writes with the same `token` within ten minutes take effect once.
    """
    return TransactWrite(connection=_connection, client_request_token=token)


def transact(write: Callable[[TransactWrite], object]) -> None:
    """Execute all writes that `write` adds in one transaction."""
    with transaction() as writes:
        write(writes)


def client() -> Any:
    """Return the low-level client, for batched PartiQL and range reads of many small items."""
    return clients.client("dynamodb")


Connection.client = property(lambda _: client())  # type: ignore[method-assign,assignment]
"""Models use that client, too; pynamodb would make one, in a session of its own, for every model."""


_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def is_possible_key(partition_key: str, sort_key: str) -> bool:
    """Return whether an item can have this key. DynamoDB refuses longer keys with an error."""
    return len(partition_key.encode()) <= PARTITION_KEY_BYTES and len(sort_key.encode()) <= SORT_KEY_BYTES


def to_wire(value: Any) -> dict[str, Any]:
    """Return a Python value as a typed DynamoDB value: {"N": "5"} for 5."""
    wire: dict[str, Any] = _serializer.serialize(value)
    return wire


def from_wire(item: dict[str, Any]) -> dict[str, Any]:
    """Return a typed DynamoDB item as Python values. Numbers are Decimal, binary values boto3's Binary."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def in_chunks_of_weight(
    items: Iterable[T], size: int, weight: Callable[[T], int], most: int = TRANSACT_BYTES
) -> Iterator[Sequence[T]]:
    """Yield chunks as `in_chunks` does, each with a total weight of at most `most`, or with one heavier item."""
    chunk: list[T] = []
    total = 0
    for item in items:
        item_weight = weight(item)
        if chunk and (len(chunk) == size or total + item_weight > most):
            yield chunk
            chunk, total = [], 0
        chunk.append(item)
        total += item_weight
    if chunk:
        yield chunk


_STATEMENT_OUTCOMES = frozenset({None, "DuplicateItem", "ConditionalCheckFailed"})
_STATEMENT_RETRIES = frozenset(
    {"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "InternalServerError"}
    | {"TransactionConflict"}
)
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html"""


def execute_statements(statements: Sequence[dict[str, Any]]) -> list[str | None]:
    """Run PartiQL statements ({"Statement", "Parameters"}), 25 per call. Return the error code of each, None for success.

    Statements fail independently: DuplicateItem or ConditionalCheckFailed means that the condition failed. Raises
    Throttled, and RuntimeError for a statement that cannot be executed.
    """
    codes: list[str | None] = [None] * len(statements)
    for chunk in in_chunks(range(len(statements)), BATCH_STATEMENTS):
        pending = list(chunk)
        for _ in pauses():
            answer = client().batch_execute_statement(Statements=[statements[index] for index in pending])
            for index, response in zip(pending, answer["Responses"], strict=True):
                codes[index] = response.get("Error", {}).get("Code")
            pending = [index for index in pending if codes[index] in _STATEMENT_RETRIES]
            if not pending:
                break
    if unexpected := {code for code in codes if code not in _STATEMENT_OUTCOMES}:
        raise RuntimeError(f"statements were refused: {sorted(map(str, unexpected))}")
    return codes


def insert_statement(item: Model) -> dict[str, Any]:
    """Return the PartiQL statement that inserts an item unless its key exists. Values are parameters."""
    values = item.serialize()
    names = ", ".join(f"'{name}': ?" for name in values)
    return {
        "Statement": f'INSERT INTO "{item.Meta.table_name}" VALUE {{{names}}}',
        "Parameters": list(values.values()),
    }


ModelT = TypeVar("ModelT", bound=Model)


def batch_get(model: type[ModelT], keys: Iterable[tuple[str, str]], *, consistent: bool = True) -> Iterator[ModelT]:
    """Yield the existing items of these (hash, range) keys in any order, 100 per call. Raises Throttled."""
    return (model.from_raw_data(raw) for raw in raw_items(model, keys, consistent=consistent))


def raw_items(
    model: type[Model], keys: Iterable[tuple[str, str]], *, consistent: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield the items as `batch_get` does, in the form of the wire: for items whose attributes are not those of a model."""
    table = model.Meta.table_name
    hash_name = model._hash_keyname
    range_name = model._range_keyname
    for chunk in in_chunks(dict.fromkeys(keys), BATCH_GET_KEYS):
        pending = [{hash_name: {"S": pk}, range_name: {"S": sk}} for pk, sk in chunk]
        for _ in pauses():
            request = {table: {"Keys": pending, "ConsistentRead": consistent}}
            answer = client().batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(table, [])
            pending = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if not pending:
                break

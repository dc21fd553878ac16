"""Counts what a piece of work asks of AWS: calls, and DynamoDB's read and write units by AWS's rules.

The stand-in reports units of single writes and of transactions rightly, indexes included. It reports every read as one
unit and every PartiQL statement as one, so those are computed here from the items' sizes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024
OF_THE_QUEUE_TRIGGER = frozenset({"ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibility"})
"""Made by Lambda's own poller, not by us."""
_INDEXED = frozenset({"list_key"})
"""Keys of indexes with all attributes that items written in batches are in: the log's by list."""
_REPORTED = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
_REFUSED = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})


@dataclass
class Meter:
    """A context manager; what happens inside is counted, whichever client it goes through."""

    calls: Counter[str] = field(default_factory=Counter)
    """By "service operation table"."""
    read_units: float = 0.0
    write_units: float = 0.0

    @property
    def total_calls(self) -> int:
        return sum(self.calls.values())

    def __enter__(self) -> "Meter":
        self._call = BaseClient._make_api_call
        meter, call = self, self._call

        def metered(client: Any, operation: str, params: dict[str, Any]) -> Any:
            return meter._metered(call, client, operation, params)

        BaseClient._make_api_call = metered  # the one place that boto3, pynamodb and their every client go through
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        BaseClient._make_api_call = self._call

    def _metered(self, call: Any, client: Any, operation: str, params: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        if service == "dynamodb" and operation in _REPORTED:
            params = {**params, "ReturnConsumedCapacity": "TOTAL"}
        if operation not in OF_THE_QUEUE_TRIGGER:
            self.calls[f"{service} {operation} {_table(params)}".rstrip()] += 1
        try:
            answer = call(client, operation, params)
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _REFUSED:  # a refused write costs what the write would have
                self.write_units += 2 * len(params["TransactItems"]) if "TransactItems" in params else 1
            raise
        if service == "dynamodb":
            self._count(operation, params, answer)
        return answer

    def _count(self, operation: str, params: dict[str, Any], answer: dict[str, Any]) -> None:
        if operation in _REPORTED:
            consumed = answer.get("ConsumedCapacity", [])
            for one in consumed if isinstance(consumed, list) else [consumed]:
                self.write_units += one["CapacityUnits"]
        elif operation in ("Query", "Scan"):
            size = sum(map(item_bytes, answer["Items"]))
            if answer["ScannedCount"] > answer["Count"] > 0:  # those filtered out are read as well
                size = size * answer["ScannedCount"] // answer["Count"]
            self.read_units += read_units(size, consistent=params.get("ConsistentRead", False))
        elif operation == "GetItem":
            found = item_bytes(answer.get("Item", {}))
            self.read_units += read_units(found, consistent=params.get("ConsistentRead", False))
        elif operation == "BatchGetItem":
            self._count_batch_get(params, answer)
        elif operation == "TransactGetItems":
            found = [item_bytes(one.get("Item", {})) for one in answer["Responses"]]
            self.read_units += sum(2 * read_units(size, consistent=True) for size in found)
        elif operation == "BatchExecuteStatement":
            self.write_units += sum(map(statement_units, params["Statements"]))
        elif operation == "BatchWriteItem":
            writes = [one for some in params["RequestItems"].values() for one in some]
            items = [one["PutRequest"]["Item"] if "PutRequest" in one else {} for one in writes]
            self.write_units += sum(write_units(item_bytes(item)) * (1 + len(_INDEXED & item.keys())) for item in items)

    def _count_batch_get(self, params: dict[str, Any], answer: dict[str, Any]) -> None:
        for table, request in params["RequestItems"].items():
            consistent = request.get("ConsistentRead", False)
            found = answer["Responses"].get(table, [])
            sizes = [*map(item_bytes, found), *[0] * (len(request["Keys"]) - len(found))]
            self.read_units += sum(read_units(size, consistent=consistent) for size in sizes)


def _table(params: dict[str, Any]) -> str:
    """What the call goes to, without the deployment's prefix; nothing where it is no table."""
    if "Statements" in params:
        name = params["Statements"][0]["Statement"].split('"')[1]
    elif "RequestItems" in params:
        name = next(iter(params["RequestItems"]))
    elif "TransactItems" in params:
        name = next(iter(params["TransactItems"][0].values()))["TableName"]
    else:
        name = params.get("TableName", "")
    return str(name).rpartition("-")[2]


def read_units(size: int, *, consistent: bool) -> float:
    """For one item, or for one page of a query; nothing found costs as much as something small."""
    return max(1, math.ceil(size / READ_UNIT_BYTES)) * (1.0 if consistent else 0.5)


def write_units(size: int) -> int:
    """For one item without indexes, not in a transaction."""
    return max(1, math.ceil(size / WRITE_UNIT_BYTES))


def statement_units(statement: dict[str, Any]) -> int:
    """Of an INSERT, UPDATE or DELETE. An INSERT carries its item; rows that are updated so are below 1 KB (the ledger's)."""
    text, parameters = statement["Statement"], statement.get("Parameters", [])
    if not text.startswith("INSERT"):
        return 1
    names = [part.split("'")[1] for part in text[text.index("{") :].split(": ?")[:-1]]
    item = dict(zip(names, parameters, strict=True))
    indexed = len({"status_key", "bounce_key"} & item.keys())  # the sparse indexes of contacts: keys only
    return write_units(item_bytes(item)) + indexed


def item_bytes(item: dict[str, Any]) -> int:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html#ItemSizeCalculations"""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return math.ceil(len(content.strip("-0.").replace(".", "")) / 2) + 1
    if kind == "B":
        return len(content)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind in ("SS", "BS", "NS"):
        return sum(_value_bytes({kind[0]: one}) for one in content)
    if kind == "L":
        return 3 + sum(1 + _value_bytes(one) for one in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_bytes(one) for name, one in content.items())
    raise ValueError(f"no size known for type {kind}")

"""Count the AWS calls of a piece of work, and its DynamoDB read and write units by the rules of AWS.

The stand-in reports the units of single writes and of transactions correctly, including indexes. It reports one unit for
every read and every PartiQL statement, so those are computed here from the sizes of the items.
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
"""Calls of the poller of Lambda, which are not counted."""
_INDEXED = frozenset({"source_key"})
"""Keys of indexes with all attributes that contain items written in batches: the index of the log by source."""
_REPORTED = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
_REFUSED = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})


@dataclass
class Meter:
    """A context manager that counts the calls of all clients inside it."""

    calls: Counter[str] = field(default_factory=Counter)
    """Numbers of calls by "service operation table"."""
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

        BaseClient._make_api_call = metered  # all clients of boto3 and pynamodb call it
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
            if exc.response["Error"]["Code"] in _REFUSED:  # a refused write costs the same as the write
                self.write_units += 2 * len(params["TransactItems"]) if "TransactItems" in params else 1
            raise
        if service == "dynamodb":
            self._count(operation, params, answer)
        return answer

    def _count(self, operation: str, params: dict[str, Any], answer: dict[str, Any]) -> None:
        if operation in _REPORTED:
            consumed = answer.get("ConsumedCapacity", [])
            for entry in consumed if isinstance(consumed, list) else [consumed]:
                self.write_units += entry["CapacityUnits"]
        elif operation in ("Query", "Scan"):
            size = sum(map(item_bytes, answer["Items"]))
            if answer["ScannedCount"] > answer["Count"] > 0:  # items that the filter drops are read as well
                size = size * answer["ScannedCount"] // answer["Count"]
            self.read_units += read_units(size, consistent=params.get("ConsistentRead", False))
        elif operation == "GetItem":
            size = item_bytes(answer.get("Item", {}))
            self.read_units += read_units(size, consistent=params.get("ConsistentRead", False))
        elif operation == "BatchGetItem":
            self._count_batch_get(params, answer)
        elif operation == "TransactGetItems":
            sizes = [item_bytes(response.get("Item", {})) for response in answer["Responses"]]
            self.read_units += sum(2 * read_units(size, consistent=True) for size in sizes)
        elif operation == "BatchExecuteStatement":
            self.write_units += sum(map(statement_units, params["Statements"]))
        elif operation == "BatchWriteItem":
            writes = [write for requests in params["RequestItems"].values() for write in requests]
            items = [write["PutRequest"]["Item"] if "PutRequest" in write else {} for write in writes]
            self.write_units += sum(write_units(item_bytes(item)) * (1 + len(_INDEXED & item.keys())) for item in items)

    def _count_batch_get(self, params: dict[str, Any], answer: dict[str, Any]) -> None:
        for table, request in params["RequestItems"].items():
            consistent = request.get("ConsistentRead", False)
            items = answer["Responses"].get(table, [])
            sizes = [*map(item_bytes, items), *[0] * (len(request["Keys"]) - len(items))]
            self.read_units += sum(read_units(size, consistent=consistent) for size in sizes)


def _table(params: dict[str, Any]) -> str:
    """Return the table of a call without the prefix of the deployment, or an empty text for a call without a table."""
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
    """Return the units of reading an item or a page of a query; an empty result costs as much as a small item."""
    return max(1, math.ceil(size / READ_UNIT_BYTES)) * (1.0 if consistent else 0.5)


def write_units(size: int) -> int:
    """Return the units of writing an item without indexes, outside of a transaction."""
    return max(1, math.ceil(size / WRITE_UNIT_BYTES))


def statement_units(statement: dict[str, Any]) -> int:
    """Return the units of a PartiQL statement. An INSERT has its item; updated rows, those of the ledger, are below 1 KB."""
    text, parameters = statement["Statement"], statement.get("Parameters", [])
    if not text.startswith("INSERT"):
        return 1
    names = [part.split("'")[1] for part in text[text.index("{") :].split(": ?")[:-1]]
    item = dict(zip(names, parameters, strict=True))
    indexed = len({"status_key", "bounce_key"} & item.keys())  # the sparse indexes of contacts: keys only
    return write_units(item_bytes(item)) * (1 + len(_INDEXED & item.keys())) + indexed


def item_bytes(item: dict[str, Any]) -> int:
    """Return the size of an item.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html#ItemSizeCalculations
    """
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
        return sum(_value_bytes({kind[0]: element}) for element in content)
    if kind == "L":
        return 3 + sum(1 + _value_bytes(element) for element in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_bytes(element) for name, element in content.items())
    raise ValueError(f"unknown type of value: {kind}")

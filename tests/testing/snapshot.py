"""Snapshots of the stored data of an account, for checks that nothing changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient

from postrider.bootstrap.tables import ALL_TABLES
from postrider.storage.dynamo import client
from tests.testing.grants import READS, tables_of

_read: dict[str, list[dict[str, Any]]] = {}
"""The items of tables; a write of this process to a table removes its entry."""


@contextmanager
def writes_noticed() -> Iterator[None]:
    """Read only tables again that were written to, because reading whole tables takes most of the time of a test."""
    call = BaseClient._make_api_call

    def noticed(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        try:
            return call(client, operation, parameters)
        finally:
            if client.meta.service_model.service_name == "dynamodb" and operation not in (*READS, "Scan"):
                for table in tables_of(operation, parameters):
                    _read.pop(table, None)

    BaseClient._make_api_call = noticed
    try:
        yield
    finally:
        BaseClient._make_api_call = call
        _read.clear()


def items_of_table(name: str) -> list[dict[str, Any]]:
    """Return every stored item of the table. Only tests scan."""
    if name not in _read:
        pages = client().get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        _read[name] = [item for page in pages for item in page["Items"]]
    return _read[name]


def items_of_account(account_id: str) -> dict[str, Any]:
    """Return every stored item with the account in its keys or `account_id`, by table and key."""
    items = {}
    for model in ALL_TABLES:
        name = model.Meta.table_name
        for item in items_of_table(name):
            keys = "#".join(
                str(next(iter(item[key].values()))) for key in ("pk", "sk", "account_id", "digest") if key in item
            )
            if account_id in keys.split("#"):
                items[name, keys] = item
    return items

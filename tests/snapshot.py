"""What is stored of one account, to see that nothing of it changed."""

from typing import Any

from postrider.kit.dynamo import client
from postrider.tables import ALL_TABLES


def items_of_account(account_id: str) -> dict[str, Any]:
    """Every stored item whose keys or `account_id` name the account, by table and key. Only tests scan."""
    found = {}
    for model in ALL_TABLES:
        name = model.Meta.table_name
        for page in client().get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
            for item in page["Items"]:
                keys = "#".join(
                    str(next(iter(item[key].values()))) for key in ("pk", "sk", "account_id", "digest") if key in item
                )
                if account_id in keys.split("#"):
                    found[name, keys] = item
    return found

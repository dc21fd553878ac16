"""Run `make restore`: restore all tables of a deployment to one moment, beside the present ones.

The present tables are not changed. The names of the restored tables have a suffix; to use them, deploy with
`make deploy ARGS="-c restored_tables=NAME"`. All tables are restored together, because ids are allocated in one of them, and
contacts, campaigns and the ledger refer to each other.
"""

import os
import re
import sys
import time
from datetime import datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.models import MODELS
from postrider.kit.settings import Names

POLL_S = 15
TIMEOUT_S = 24 * 3600
NEVER_FORGOTTEN = "suppressions"
"""Table of suppressed addresses. Its present items are copied into the restored table, so that none is lost."""
_NAME = re.compile(r"[A-Za-z0-9_.]{1,40}")


def restore(stage: str, moment: datetime | None, name: str, *, present: str = "") -> None:
    """Restore all tables, wait, and set the settings that a restore omits: expiry, recovery, protection, tags.

    Without a moment, the latest possible state is restored. Repeating the call completes an interrupted one. `present` is the
    suffix of the tables in use, if they were restored before.
    """
    if not _NAME.fullmatch(name):
        sys.exit(f"Invalid NAME {name!r}: expected letters, digits, _ or ., for instance NAME=20261130.")
    dynamodb = boto3.client("dynamodb")
    before, after = Names(f"postrider-{stage}", "", "", present), Names(f"postrider-{stage}", "", "", name)
    for table in MODELS:
        _start(dynamodb, before.table(table), after.table(table), moment)
    for table in MODELS:
        _await_active(dynamodb, after.table(table))
        _set_up(dynamodb, table, before.table(table), after.table(table))
        print(f"{after.table(table)}: restored", flush=True)
    copied = _copy_items(dynamodb, before.table(NEVER_FORGOTTEN), after.table(NEVER_FORGOTTEN))
    print(f"{after.table(NEVER_FORGOTTEN)}: {copied} present items put into it")
    print(f"Next: make deploy STAGE={stage} ARGS='-c restored_tables={name}' (docs/operations.md)")


def _start(dynamodb: Any, source: str, target: str, moment: datetime | None) -> None:
    when: dict[str, Any] = {"RestoreDateTime": moment} if moment else {"UseLatestRestorableTime": True}
    try:
        dynamodb.restore_table_to_point_in_time(SourceTableName=source, TargetTableName=target, **when)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "TableAlreadyExistsException":
            sys.exit(f"{source} cannot be restored: {exc}")


def _await_active(dynamodb: Any, table: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] != "ACTIVE":
        if time.monotonic() > deadline:
            sys.exit(f"{table} is not restored after {TIMEOUT_S} s: repeat the command later.")
        time.sleep(POLL_S)


def _set_up(dynamodb: Any, table: str, source: str, target: str) -> None:
    expiry = MODELS[table]._ttl_attribute()
    status = dynamodb.describe_time_to_live(TableName=target)["TimeToLiveDescription"]["TimeToLiveStatus"]
    if expiry and status not in ("ENABLED", "ENABLING"):
        specification = {"Enabled": True, "AttributeName": expiry.attr_name}
        dynamodb.update_time_to_live(TableName=target, TimeToLiveSpecification=specification)
    dynamodb.update_continuous_backups(
        TableName=target, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    description = dynamodb.describe_table(TableName=source)["Table"]
    restored = dynamodb.describe_table(TableName=target)["Table"]
    is_protected = bool(description.get("DeletionProtectionEnabled"))
    if is_protected and not restored.get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=target, DeletionProtectionEnabled=True)
    tags = dynamodb.list_tags_of_resource(ResourceArn=description["TableArn"]).get("Tags", [])
    own_tags = [tag for tag in tags if not tag["Key"].startswith("aws:")]
    if own_tags:
        dynamodb.tag_resource(ResourceArn=restored["TableArn"], Tags=own_tags)


def _copy_items(dynamodb: Any, source: str, target: str) -> int:
    """Copy all items of a table into another one, and return their number. Other items of the target are not deleted."""
    copied = 0
    for page in dynamodb.get_paginator("scan").paginate(TableName=source, ConsistentRead=True):
        for item in page["Items"]:
            dynamodb.put_item(TableName=target, Item=item)
            copied += 1
    return copied


def moment_from(name: str, text: str) -> datetime | None:
    """Return the moment in a setting of a command, None if it is empty. Exit if the text is invalid."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        sys.exit(f"Invalid {name} {text!r}: expected a moment with its time zone, as {name}=2026-11-30T10:00:00Z.")
    return moment


if __name__ == "__main__":
    restore(
        os.environ.get("STAGE") or "prod",
        moment_from("AT", os.environ.get("AT", "")),
        os.environ.get("NAME", ""),
        present=os.environ.get("PRESENT", ""),
    )

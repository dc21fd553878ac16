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
from postrider.epochs.repository import EPOCH_KEY
from postrider.epochs.table import EpochItem
from postrider.kit.settings import Names

POLL_S = 15
TIMEOUT_S = 24 * 3600
NEVER_FORGOTTEN = "suppressions"
"""Table of suppressed addresses. Its present items are copied into the restored table, so that none is lost."""
_NAME = re.compile(r"[A-Za-z0-9_.]{1,40}")


def restore(stage: str, moment: datetime | None, name: str, *, present: str = "") -> None:
    """Restore all tables, wait, and set the settings that a restore omits: expiry, recovery, protection, tags.

    Without a moment, the latest one that is possible for all tables is used. It is stored in the restored tables, for
    `make take-up`. Repeating the call completes an interrupted one. `present` is the suffix of the tables in use, if they were
    restored before.
    """
    if not _NAME.fullmatch(name):
        sys.exit(f"Invalid NAME {name!r}: expected letters, digits, _ or ., for instance NAME=20261130.")
    dynamodb = boto3.client("dynamodb")
    before, after = Names(f"postrider-{stage}", "", "", present), Names(f"postrider-{stage}", "", "", name)
    tables = [(before.table(table), after.table(table)) for table in MODELS]
    moment = common_moment(dynamodb, tables, moment)
    for source, target in tables:
        _start(dynamodb, source, target, moment)
    for table in MODELS:
        _await_active(dynamodb, after.table(table))
        _set_up(dynamodb, table, before.table(table), after.table(table))
        print(f"{after.table(table)}: restored", flush=True)
    _store_moment(dynamodb, after.table("accounts"), moment)
    copied = _copy_items(dynamodb, before.table(NEVER_FORGOTTEN), after.table(NEVER_FORGOTTEN))
    print(f"{after.table(NEVER_FORGOTTEN)}: {copied} present items put into it")
    print(f"Next: make deploy STAGE={stage} ARGS='-c restored_tables={name}' (docs/operations.md)")


def common_moment(dynamodb: Any, tables: list[tuple[str, str]], moment: datetime | None) -> datetime:
    """Return the moment to which all tables are restored: the given one, that of an interrupted call, or the latest possible."""
    for _, target in tables:
        restored_to = _restored_to(dynamodb, target)
        if restored_to and moment and restored_to != moment:
            sys.exit(f"{target} was restored to {restored_to.isoformat()}: use this moment as AT, or another NAME.")
        moment = moment or restored_to
    return moment or min(_latest_moment(dynamodb, source) for source, _ in tables)


def _restored_to(dynamodb: Any, table: str) -> datetime | None:
    try:
        description = dynamodb.describe_table(TableName=table)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return None
    moment: datetime | None = description.get("RestoreSummary", {}).get("RestoreDateTime")
    return moment


def _latest_moment(dynamodb: Any, table: str) -> datetime:
    try:
        answer = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    except ClientError as exc:
        sys.exit(f"{table} cannot be restored: {exc}")
    moment: datetime | None = answer.get("PointInTimeRecoveryDescription", {}).get("LatestRestorableDateTime")
    if moment is None:
        sys.exit(f"{table} cannot be restored: it has no point-in-time recovery.")
    return moment


def _start(dynamodb: Any, source: str, target: str, moment: datetime) -> None:
    try:
        dynamodb.restore_table_to_point_in_time(SourceTableName=source, TargetTableName=target, RestoreDateTime=moment)
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


def _store_moment(dynamodb: Any, table: str, moment: datetime) -> None:
    """Store the moment of the backup beside the epoch; tables without an epoch have sent nothing."""
    pk, sk = EPOCH_KEY
    restored_to = EpochItem.restored_to
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
            UpdateExpression="SET #restored_to = :moment",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#restored_to": restored_to.attr_name},
            ExpressionAttributeValues={":moment": {restored_to.attr_type: restored_to.serialize(moment)}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return


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

"""Define the tables of the stack from their models."""

from typing import Any

from aws_cdk import CfnDeletionPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.models import MODELS
from infra.names import names_of
from infra.stages import Stage


def define_table(scope: Construct, name: str, stage: Stage) -> dynamodb.CfnTable:
    model = MODELS[name]
    schema: Any = model._get_schema()
    expiry = model._ttl_attribute()
    table = dynamodb.CfnTable(
        scope,
        name.title(),
        table_name=names_of(Stack.of(scope), stage).of(name),
        billing_mode="PAY_PER_REQUEST",
        attribute_definitions=[_definition(entry) for entry in schema["attribute_definitions"]],
        key_schema=_keys(schema["key_schema"]),
        global_secondary_indexes=[
            dynamodb.CfnTable.GlobalSecondaryIndexProperty(**_index(index))
            for index in schema["global_secondary_indexes"]
        ]
        or None,
        local_secondary_indexes=[
            dynamodb.CfnTable.LocalSecondaryIndexProperty(**_index(index))
            for index in schema["local_secondary_indexes"]
        ]
        or None,
        time_to_live_specification=dynamodb.CfnTable.TimeToLiveSpecificationProperty(
            attribute_name=expiry.attr_name, enabled=True
        )
        if expiry
        else None,
        point_in_time_recovery_specification=dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty(
            point_in_time_recovery_enabled=True
        ),
        sse_specification=dynamodb.CfnTable.SSESpecificationProperty(sse_enabled=False),
        deletion_protection_enabled=stage.keep_data,
    )
    policy = CfnDeletionPolicy.RETAIN if stage.keep_data else CfnDeletionPolicy.DELETE
    table.cfn_options.deletion_policy = policy
    table.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN if stage.keep_data else policy
    return table


def _definition(entry: dict[str, str]) -> dynamodb.CfnTable.AttributeDefinitionProperty:
    return dynamodb.CfnTable.AttributeDefinitionProperty(
        attribute_name=entry["AttributeName"], attribute_type=entry["AttributeType"]
    )


def _keys(entries: list[dict[str, str]]) -> list[dynamodb.CfnTable.KeySchemaProperty]:
    """Return the keys, the hash key first, because CloudFormation requires this order."""
    ordered = sorted(entries, key=lambda entry: entry["KeyType"])
    return [
        dynamodb.CfnTable.KeySchemaProperty(attribute_name=entry["AttributeName"], key_type=entry["KeyType"])
        for entry in ordered
    ]


def _index(index: dict[str, Any]) -> dict[str, Any]:
    projection = index["projection"]
    return {
        "index_name": index["index_name"],
        "key_schema": _keys(index["key_schema"]),
        "projection": dynamodb.CfnTable.ProjectionProperty(
            projection_type=projection["ProjectionType"], non_key_attributes=projection.get("NonKeyAttributes")
        ),
    }

"""Tests run under the grants of the rows; this shows that they do."""

import pytest
from botocore.exceptions import ClientError

from postrider.kit.settings import names
from postrider.storage.dynamo import client
from tests.testing.grants import acting_as

KEY = {"pk": {"S": "account#1"}, "sk": {"S": "account"}}


def test_a_call_beyond_the_row_is_refused(platform):
    dynamodb = client()
    with acting_as("functions.api.reference.handler"), pytest.raises(ClientError, match="lacks read accounts"):
        dynamodb.get_item(TableName="postrider-accounts", Key=KEY)
    with acting_as("functions.api.insights.routes_logs"):
        dynamodb.get_item(TableName="postrider-accounts", Key=KEY)
        with pytest.raises(ClientError, match="lacks write accounts"):
            dynamodb.delete_item(TableName="postrider-accounts", Key=KEY)
    dynamodb.get_item(TableName="postrider-accounts", Key=KEY)


def test_objects_are_granted_by_prefix(platform):
    s3 = platform.aws.client("s3")
    with (
        acting_as("functions.api.insights.routes_reports"),
        pytest.raises(ClientError, match="lacks the prefix of exports/x"),
    ):
        s3.get_object(Bucket=names().bucket, Key="exports/x")

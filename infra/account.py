"""Says where a deployment goes before the minute that a synthesis takes, and refuses when that is nowhere."""

import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def where() -> str:
    """Return the account and region that the CDK will use. Exit when one of them is missing."""
    region = os.environ.get("AWS_REGION") or boto3.Session().region_name
    if not region:
        sys.exit("No region: set AWS_REGION (the CDK would take us-east-1).")
    try:
        identity = boto3.client("sts", region_name=region).get_caller_identity()
    except (BotoCoreError, ClientError) as exc:
        sys.exit(f"No AWS account: sign in (aws sso login), or set AWS_PROFILE or keys. AWS says: {exc}")
    return f"account {identity['Account']}, region {region}, as {identity['Arn']}"


if __name__ == "__main__":
    print(where())

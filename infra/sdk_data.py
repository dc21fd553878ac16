"""Trim the data of the AWS SDK to what functions use, without changing what the SDK does with it.

Services that no function calls, and texts of documentation, are most of what the SDK reads when it makes a client.
"""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

SDK_SERVICES = frozenset(
    {"dynamodb", "kms", "s3", "scheduler", "secretsmanager", "sesv2", "sns", "sqs", "ssm", "stepfunctions", "sts"}
)
"""Services that functions call; the descriptions of all others are 90 % of the SDK's size."""
_ENDPOINT_PREFIXES = {"sesv2": "email", "stepfunctions": "states"}
"""Names in endpoints.json, where they are not those of the SDK."""


def trim(site: Path) -> None:
    """Trim the data of botocore and boto3 that are installed in this folder."""
    for data in (site / "botocore" / "data", site / "boto3" / "data"):
        for service in data.iterdir():
            if service.is_dir() and service.name not in SDK_SERVICES:
                shutil.rmtree(service)
        for examples in data.glob("*/*/examples-1.json"):
            examples.unlink()
        for model in data.glob("*/*/service-2.json.gz"):
            text = json.dumps(_without_documentation(json.loads(gzip.decompress(model.read_bytes()))))
            model.write_bytes(gzip.compress(text.encode(), mtime=0))
    _trim_endpoints(site / "botocore" / "data" / "endpoints.json")


def _without_documentation(value: Any) -> Any:
    """Return a part of a service model with empty texts, which the SDK expects in some places.

    A member that is called "documentation" is no text.
    """
    if isinstance(value, dict):
        return {
            name: "" if name == "documentation" and isinstance(part, str) else _without_documentation(part)
            for name, part in value.items()
        }
    return [_without_documentation(part) for part in value] if isinstance(value, list) else value


def _trim_endpoints(path: Path) -> None:
    kept = {_ENDPOINT_PREFIXES.get(service, service) for service in SDK_SERVICES}
    content = json.loads(path.read_text())
    for partition in content["partitions"]:
        partition["services"] = {name: value for name, value in partition["services"].items() if name in kept}
    path.write_text(json.dumps(content))

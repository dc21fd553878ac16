"""Run `make take-up`: let a deployment send what its restored tables hold (docs/operations.md).

Without it a deployment on restored tables sends nothing: no mail and no call of a webhook.
"""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

FUNCTION = "take-up-copy"


def take_up(stage: str, *, resume: bool = False) -> list[str]:
    """Call the function of the deployment. Return the campaigns that it has suspended, none with `resume`."""
    name = f"postrider-{stage}-{FUNCTION}"
    try:
        answer = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"resume": resume}))
    except ClientError as exc:
        sys.exit(f"{name} cannot be called: {exc}")
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        sys.exit(f"{name} failed, and can be called again: {result}")
    suspended: list[str] = result["suspended"]
    return suspended


def main() -> None:
    mode = os.environ.get("RUNNING") or "suspend"
    if mode not in ("suspend", "resume"):
        sys.exit(f"Invalid RUNNING {mode!r}: expected suspend or resume.")
    suspended = take_up(os.environ.get("STAGE") or "prod", resume=mode == "resume")
    for line in suspended:
        print(f"suspended: {line}")
    print("The deployment sends again, within a minute.")


if __name__ == "__main__":
    main()

"""Run `make take-up`: allow a deployment to send from restored tables (docs/operations.md).

Before, a deployment on restored tables sends no mails and calls no webhooks.
"""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

from infra.restore import moment_from

FUNCTION = "take-up-restored-tables"


def take_up(stage: str, *, resume: bool = False, stopped_at: str | None = None) -> list[str]:
    """Call the function of the deployment. Return the campaigns that it suspended; none with `resume`.

    `stopped_at` is the moment, as text, since when the original has sent nothing.
    """
    name = f"postrider-{stage}-{FUNCTION}"
    order = {"resume": resume, "stopped_at": stopped_at}
    try:
        answer = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps(order))
    except ClientError as exc:
        sys.exit(f"{name} cannot be called: {exc}")
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        sys.exit(f"{name} failed, and can be called again: {result.get('errorMessage') or result}")
    suspended: list[str] = result["suspended"]
    return suspended


def main() -> None:
    mode = os.environ.get("RUNNING") or "suspend"
    if mode not in ("suspend", "resume"):
        sys.exit(f"Invalid RUNNING {mode!r}: expected suspend or resume.")
    stopped_at = moment_from("STOPPED", os.environ.get("STOPPED", ""))
    if stopped_at is not None and mode == "resume":
        sys.exit("STOPPED and RUNNING=resume exclude each other: see docs/operations.md.")
    suspended = take_up(
        os.environ.get("STAGE") or "prod",
        resume=mode == "resume",
        stopped_at=None if stopped_at is None else stopped_at.isoformat(),
    )
    for line in suspended:
        print(f"suspended: {line}")
    print("The deployment sends again, within a minute.")


if __name__ == "__main__":
    main()

"""Deploy a synthesised CDK app into the stand-in with the SDK alone: no Node, no CDK command line, no bootstrap."""

import json
import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local.standin import ACCOUNT_ID, REGION, ROOT, Standin

# What the templates expect of `cdk bootstrap`:
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION = "30"

ZIPS = ROOT / ".local" / "assets"
DEPLOY_TIMEOUT_S = 120


class DeployFailed(Exception):
    pass


@dataclass(frozen=True)
class Stack:
    name: str
    template: Path
    assets: Path | None


def deploy(standin: Standin, assembly: Path, parameters: dict[str, str]) -> dict[str, str]:
    """Create or update every stack in the order of their dependencies; return all outputs.

    `parameters` go to the stacks that declare them. Raises DeployFailed with the reasons CloudFormation gives.
    """
    s3, cloudformation = standin.client("s3"), standin.client("cloudformation")
    standin.client("ssm").put_parameter(
        Name=BOOTSTRAP_PARAMETER, Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True
    )
    outputs: dict[str, str] = {}
    for stack in stacks_of(assembly):
        url = _upload(s3, standin.endpoint, stack)
        declared = json.loads(stack.template.read_text()).get("Parameters", {})
        values = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items() if k in declared]
        outputs |= _apply(cloudformation, stack.name, url, values)
        _allow_origins(standin, stack)
    return outputs


def _allow_origins(standin: Standin, stack: Stack) -> None:
    """Set the allowed origins of an API again by its own call; the stand-in ignores those of the template."""
    for name, resource in json.loads(stack.template.read_text())["Resources"].items():
        cors = resource.get("Properties", {}).get("CorsConfiguration")
        if resource["Type"] == "AWS::ApiGatewayV2::Api" and cors:
            answer = standin.client("cloudformation").describe_stack_resource(
                StackName=stack.name, LogicalResourceId=name
            )
            api_id = answer["StackResourceDetail"]["PhysicalResourceId"]
            standin.client("apigatewayv2").update_api(ApiId=api_id, CorsConfiguration=cors)


def stacks_of(assembly: Path) -> list[Stack]:
    """Return the stacks of a cloud assembly, each after those it depends on."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    ordered: list[str] = []

    def visit(name: str) -> None:
        for dependency in artifacts[name].get("dependencies", []):
            visit(dependency)
        if name not in ordered:
            ordered.append(name)

    for name in sorted(artifacts):
        visit(name)
    stacks = []
    for name in ordered:
        if artifacts[name]["type"] != "aws:cloudformation:stack":
            continue
        properties = artifacts[name]["properties"]
        manifests = [
            assembly / artifacts[dependency]["properties"]["file"]
            for dependency in artifacts[name].get("dependencies", [])
            if artifacts[dependency]["type"] == "cdk:asset-manifest"
        ]
        stacks.append(
            Stack(
                properties.get("stackName", name),
                assembly / properties["templateFile"],
                manifests[0] if manifests else None,
            )
        )
    return stacks


def _upload(s3: Any, endpoint: str, stack: Stack) -> str:
    """Put the stack's files where its template looks for them; return the URL of the template."""
    template_url = ""
    if stack.assets is None:
        raise DeployFailed(f"{stack.name} has no asset manifest.")
    for digest, asset in json.loads(stack.assets.read_text())["files"].items():
        source = stack.assets.parent / asset["source"]["path"]
        for destination in asset["destinations"].values():
            bucket, key = _resolved(destination["bucketName"]), _resolved(destination["objectKey"])
            _ensure_bucket(s3, bucket)
            if source == stack.template:
                template_url = f"{endpoint}/{bucket}/{key}"
            if not _exists(s3, bucket, key):
                body = _zipped(source, digest) if asset["source"].get("packaging") == "zip" else source
                s3.put_object(Bucket=bucket, Key=key, Body=body.read_bytes())
    return template_url


def _resolved(text: str) -> str:
    return (
        text.replace("${AWS::AccountId}", ACCOUNT_ID)
        .replace("${AWS::Region}", REGION)
        .replace("${AWS::Partition}", "aws")
    )


def _ensure_bucket(s3: Any, name: str) -> None:
    try:
        s3.head_bucket(Bucket=name)
    except ClientError:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})


def _exists(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        return False
    return True


def _zipped(folder: Path, digest: str) -> Path:
    """Return the folder as an archive, made once per content."""
    ZIPS.mkdir(parents=True, exist_ok=True)
    archive = ZIPS / f"{digest}.zip"
    if not archive.exists():
        partial = ZIPS / f"{digest}.{os.getpid()}.partial"
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
            for path in _files_below(folder):
                out.write(path, path.relative_to(folder))
        partial.rename(archive)
    return archive


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _apply(cloudformation: Any, name: str, template_url: str, parameters: list[dict[str, str]]) -> dict[str, str]:
    request = {
        "StackName": name,
        "TemplateURL": template_url,
        "Parameters": parameters,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    status = _status(cloudformation, name)
    if status is not None and (status.startswith("ROLLBACK") or "FAILED" in status):
        cloudformation.delete_stack(StackName=name)  # a first deployment that failed cannot be updated
        _await(cloudformation, name)
        status = None
    try:
        if status is None or status == "DELETE_COMPLETE":
            cloudformation.create_stack(**request)
        else:
            cloudformation.update_stack(**request)
    except ClientError as exc:
        if "No updates" not in str(exc):
            raise DeployFailed(f"{name}: {exc}") from exc
    status = _await(cloudformation, name)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise DeployFailed(f"{name} ended as {status}:\n" + "\n".join(_reasons(cloudformation, name)))
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _status(cloudformation: Any, name: str) -> str | None:
    try:
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    except ClientError:
        return None


def _await(cloudformation: Any, name: str) -> str | None:
    deadline = time.monotonic() + DEPLOY_TIMEOUT_S
    while time.monotonic() < deadline:
        status = _status(cloudformation, name)
        if status is None or not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(0.05)
    raise DeployFailed(f"{name} was not ready after {DEPLOY_TIMEOUT_S} s")


def _reasons(cloudformation: Any, name: str) -> list[str]:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return [
        f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if "FAILED" in event["ResourceStatus"]
    ]

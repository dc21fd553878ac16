"""Measure the templates against the limits of AWS, and forecast the whole platform: `python -m infra.limits cdk.out`."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.functions import FUNCTIONS
from infra.rows import MAIN, PAGES, Function

RESOURCES, TEMPLATE_BYTES = 500, 1_000_000
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
ROUTES = INTEGRATIONS = 300
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
ENVIRONMENT_BYTES = 4096
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
POLICY_BYTES = 10_240
"""Inline, of one role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

PSEUDO_PARAMETERS = {"AWS::Region": "ap-southeast-2", "AWS::AccountId": "111122223333", "AWS::Partition": "aws"}
ARN_CHARS = 100
"""The number of characters that are counted for a reference to a resource."""
TOLERATED = 0.8
FORECAST_TOLERATED = 0.55
TO_COME = {"Core": 3, "Dialects": 6}
"""Functions that the rest of Docs and one more dialect will add, by stack."""
ROUTES_TO_COME = 29
"""The prefixes of these dialects."""


@dataclass(frozen=True)
class LimitUse:
    what: str
    used: int
    limit: int

    @property
    def share(self) -> float:
        return self.used / self.limit

    def __str__(self) -> str:
        return f"{self.share:4.0%}  {self.used:>9,} of {self.limit:>9,}  {self.what}"


def limit_uses(templates: Sequence[Path]) -> list[LimitUse]:
    used = []
    kinds: Counter[str] = Counter()
    for path in templates:
        resources = json.loads(path.read_text())["Resources"]
        kinds.update(resource["Type"] for resource in resources.values())
        name = _name(path)
        used.append(LimitUse(f"resources of {name}", len(resources), RESOURCES))
        used.append(LimitUse(f"template bytes of {name}", path.stat().st_size, TEMPLATE_BYTES))
        used += _uses_of_functions(name, resources)
    used.append(LimitUse("routes", kinds["AWS::ApiGatewayV2::Route"], ROUTES))
    used.append(LimitUse("integrations", kinds["AWS::ApiGatewayV2::Integration"], INTEGRATIONS))
    return used


def forecast(templates: Sequence[Path]) -> list[LimitUse]:
    """Return the forecast of all uses: each planned function has the average size of the functions of its stack.

    Environments and policies of the largest functions grow no more: areas hold their tables already.
    """
    now = {use.what: use for use in limit_uses(templates)}
    for stack, more in TO_COME.items():
        count = sum(_stack_of(row) == stack for row in FUNCTIONS)
        for what in (f"resources of {stack}", f"template bytes of {stack}"):
            now[what] = LimitUse(what, round(now[what].used * (1 + more / count)), now[what].limit)
    now["routes"] = LimitUse("routes", now["routes"].used + ROUTES_TO_COME, ROUTES)
    now["integrations"] = LimitUse("integrations", now["integrations"].used + TO_COME["Dialects"], INTEGRATIONS)
    return list(now.values())


def _uses_of_functions(stack: str, resources: dict[str, Any]) -> Iterator[LimitUse]:
    for kind, part, limit in (
        ("AWS::Lambda::Function", "Environment", ENVIRONMENT_BYTES),
        ("AWS::IAM::Role", "Policies", POLICY_BYTES),
    ):
        sizes = [
            len(json.dumps(_resolved(resource["Properties"].get(part, {})), separators=(",", ":")))
            for resource in resources.values()
            if resource["Type"] == kind
        ]
        if sizes:
            yield LimitUse(f"largest {part.lower()} of a function of {stack} (bytes)", max(sizes), limit)


def _resolved(value: Any) -> Any:
    """Return a part of a template as AWS stores and counts it: with values in place of references.

    References to resources become texts as long as an ARN.
    """
    if isinstance(value, list):
        return [_resolved(part) for part in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::Join"}:
        separator, parts = value["Fn::Join"]
        return str(separator).join(map(str, _resolved(parts)))
    if set(value) == {"Ref"}:
        return PSEUDO_PARAMETERS.get(value["Ref"], "x" * ARN_CHARS)
    if len(value) == 1 and next(iter(value)).startswith("Fn::"):
        return "x" * ARN_CHARS
    return {name: _resolved(part) for name, part in value.items()}


def _stack_of(row: Function) -> str:
    if row.dialect is None:
        return "Core"
    return "Api" if row.dialect in (MAIN, PAGES) else "Dialects"


def _name(path: Path) -> str:
    return path.name.removesuffix(".template.json").rpartition("-")[2]


if __name__ == "__main__":
    paths = sorted(Path(sys.argv[1]).glob("*.template.json"))
    print("today")
    print(*limit_uses(paths), sep="\n")
    print("forecast for the whole platform")
    print(*forecast(paths), sep="\n")

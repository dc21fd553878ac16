"""docs/operations.md says of each alarm what it means and what to do."""

import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
ALARMS = TEXT.partition("## Alarms")[2].partition("\n## ")[0]
EXPLAINED = set(re.findall(r"^(?:###|\|) `([\w-]+)`", ALARMS, re.MULTILINE))
HASH_CHARS = 8
"""At the end of a logical id of CloudFormation, made by the CDK."""


@pytest.fixture(scope="module")
def alarms(prod):
    """The ids of all alarms of the deployment, with which their names begin: letters and digits of those in the code."""
    resources = {id: r for template in prod.templates for id, r in template.body["Resources"].items()}
    ids = [id for id, resource in resources.items() if resource["Type"] == "AWS::CloudWatch::Alarm"]
    return {id.removeprefix("alarms")[:-HASH_CHARS] for id in ids}


def test_every_alarm_is_explained_and_nothing_else(alarms):
    assert len(alarms) > 20
    assert alarms == {re.sub(r"\W", "", name) for name in EXPLAINED}

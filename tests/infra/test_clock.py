"""The state machine of workflows: the stand-in accepts an invalid definition, so that it is validated here."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KNOWN_ERRORS = {"States.ALL"}
"""The stand-in knows no names of exceptions."""


@pytest.fixture
def machine(prod) -> dict[str, Any]:
    (properties,) = prod.core.of_type("AWS::StepFunctions::StateMachine").values()
    return dict(properties)


def _lint(template: dict[str, Any], folder: Path) -> str:
    """Return what cfn-lint says of a template; it validates definitions by the schema of the Amazon States Language."""
    path = folder / "core.template.json"
    path.write_text(json.dumps(template))
    command = [Path(sys.executable).with_name("cfn-lint"), "-i", "W3005", "--", path]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(
    "change", [{"Type": "Rest"}, {"TimestampPth": "$.wake_at"}, {"Next": None}], ids=["type", "member", "no next"]
)
def test_the_linter_refuses_a_definition_that_aws_would_refuse(prod, tmp_path: Path, change: dict[str, Any]) -> None:
    """cfn-lint finds nothing in the real template (test_lint.py), and would find this."""
    template = copy.deepcopy(prod.core.body)
    (machine,) = [r for r in template["Resources"].values() if r["Type"] == "AWS::StepFunctions::StateMachine"]
    state = machine["Properties"]["Definition"]["States"]["Sleep"]
    state |= change
    if change.get("Next", "") is None:
        del state["Next"]
    assert "E3601" in _lint(template, tmp_path)


def test_every_state_is_reached_and_every_next_state_exists(machine: dict[str, Any]) -> None:
    definition = machine["Definition"]
    states, reached, ahead = definition["States"], set[str](), [definition["StartAt"]]
    while ahead:
        name = ahead.pop()
        assert name in states
        if name not in reached:
            reached.add(name)
            state = states[name]
            following = [state.get("Next"), state.get("Default"), *(one["Next"] for one in state.get("Choices", []))]
            ahead += [name for name in following if name is not None]
    assert reached == set(states)


def test_errors_are_named_as_every_service_knows_them(machine: dict[str, Any]) -> None:
    retries = [retry for state in machine["Definition"]["States"].values() for retry in state.get("Retry", [])]
    assert retries
    assert {name for retry in retries for name in retry["ErrorEquals"]} <= KNOWN_ERRORS


def test_it_is_a_standard_machine_that_may_only_call_its_task(prod, machine: dict[str, Any]) -> None:
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["StateMachineName"] == "postrider-prod-clock"
    role_id = machine["RoleArn"]["Fn::GetAtt"][0]
    (policy,) = prod.core.body["Resources"][role_id]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"]["Fn::GetAtt"][0] in json.dumps(machine["DefinitionSubstitutions"])

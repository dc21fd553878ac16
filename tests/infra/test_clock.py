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


CHANGES: dict[str, dict[str, Any]] = {
    "none": {},
    "type": {"Type": "Rest"},
    "member": {"TimestampPth": "$.wake_at"},
    "no next": {"Next": None},
}
"""Changes of the state Sleep; None takes a member away."""


@pytest.fixture(scope="module")
def findings(prod, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Findings of cfn-lint for the state machine after each change.

    It validates definitions by the schema of the Amazon States Language. One process lints all of them.
    """
    folder = tmp_path_factory.mktemp("lint")
    for name, change in CHANGES.items():
        (folder / f"{name}.json").write_text(json.dumps(_changed(prod.core.body, change)))
    paths = [folder / f"{name}.json" for name in CHANGES]
    command = [Path(sys.executable).with_name("cfn-lint"), "--format", "json", "--", *paths]
    findings = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    return {path.stem: str([match for match in findings if match["Filename"] == str(path)]) for path in paths}


def _changed(template: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    resources = template["Resources"].items()
    machines = {name: r for name, r in resources if r["Type"] == "AWS::StepFunctions::StateMachine"}
    changed = copy.deepcopy({"Resources": machines})
    (machine,) = changed["Resources"].values()
    states = machine["Properties"]["Definition"]["States"]
    states["Sleep"] = {name: value for name, value in (states["Sleep"] | change).items() if value is not None}
    return changed


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "none"])
def test_the_linter_refuses_a_definition_that_aws_would_refuse(findings: dict[str, str], change: str) -> None:
    """cfn-lint finds nothing in the real template (test_lint.py), and would find this."""
    assert "E3601" in findings[change]
    assert "E3601" not in findings["none"]


def test_every_state_is_reached_and_every_next_state_exists(machine: dict[str, Any]) -> None:
    definition = machine["Definition"]
    states, reached, ahead = definition["States"], set[str](), [definition["StartAt"]]
    while ahead:
        name = ahead.pop()
        assert name in states
        if name not in reached:
            reached.add(name)
            state = states[name]
            following = [
                state.get("Next"),
                state.get("Default"),
                *(choice["Next"] for choice in state.get("Choices", [])),
            ]
            ahead += [name for name in following if name is not None]
    assert reached == set(states)


def test_retries_name_only_errors_that_every_service_knows(machine: dict[str, Any]) -> None:
    retries = [retry for state in machine["Definition"]["States"].values() for retry in state.get("Retry", [])]
    assert retries
    assert {name for retry in retries for name in retry["ErrorEquals"]} <= KNOWN_ERRORS


def test_the_state_machine_is_standard_and_may_only_call_its_task(prod, machine: dict[str, Any]) -> None:
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["StateMachineName"] == "postrider-prod-clock"
    role_id = machine["RoleArn"]["Fn::GetAtt"][0]
    (policy,) = prod.core.body["Resources"][role_id]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"]["Fn::GetAtt"][0] in json.dumps(machine["DefinitionSubstitutions"])

"""The app of the stage prod, synthesised once for the present sources and checked with cdk-nag."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.local.synth import synthesise

Resource = dict[str, Any]


@dataclass(frozen=True)
class Template:
    name: str
    path: Path
    body: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, Resource]:
        """Properties by logical id."""
        return {id: r.get("Properties", {}) for id, r in self.body["Resources"].items() if r["Type"] == kind}


@dataclass(frozen=True)
class Assembly:
    data: Template
    service: Template
    findings: dict[str, Any]

    @property
    def templates(self) -> tuple[Template, Template]:
        return self.data, self.service


@pytest.fixture(scope="session")
def prod() -> Assembly:
    """Synthesise the stage prod, checked with cdk-nag; a finding fails the synthesis."""
    folder = synthesise(print, {"stage": "prod", "nag": "1"})
    return Assembly(
        data=_template(folder, "Postrider-prod-Data"),
        service=_template(folder, "Postrider-prod"),
        findings=json.loads((folder / "validation-report.json").read_text()),
    )


def _template(folder: Path, name: str) -> Template:
    path = folder / f"{name}.template.json"
    return Template(name, path, json.loads(path.read_text()))

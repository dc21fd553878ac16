"""The app of the stage prod, synthesised once for the present sources and checked with cdk-nag."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.local.synth import synthesise

Resource = dict[str, Any]
CORS_ORIGIN = "https://app.example.com"


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
    core: Template
    api: Template
    dialects: Template
    findings: dict[str, Any]

    @property
    def templates(self) -> tuple[Template, ...]:
        return self.data, self.core, self.api, self.dialects

    @property
    def service(self) -> Template:
        """Return all that is made anew at will, whatever its stack; layers of one name are the same in each."""
        parts = {
            part: self.core.body[part] | self.api.body.get(part, {}) | self.dialects.body.get(part, {})
            for part in ("Resources", "Outputs")
        }
        return Template("service", self.core.path, parts)


@pytest.fixture(scope="session")
def prod() -> Assembly:
    """Synthesise the stage prod, checked with cdk-nag; a finding fails the synthesis."""
    folder = synthesise(print, {"stage": "prod", "nag": "1", "cors_origins": CORS_ORIGIN})
    return Assembly(
        data=_template(folder, "Postrider-prod-Data"),
        core=_template(folder, "Postrider-prod-Core"),
        api=_template(folder, "Postrider-prod-Api"),
        dialects=_template(folder, "Postrider-prod-Dialects"),
        findings=json.loads((folder / "validation-report.json").read_text()),
    )


def _template(folder: Path, name: str) -> Template:
    path = folder / f"{name}.template.json"
    return Template(name, path, json.loads(path.read_text()))

"""The app of the stage prod, synthesised once in this process and checked with cdk-nag."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of these, so that the app is synthesised once."""
    for item in items:
        if "/tests/infra/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("infra"))


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    from aws_cdk import App

    from app import build

    folder = tmp_path_factory.mktemp("assembly")
    context = json.loads(Path("cdk.json").read_text())["context"] | {"stage": "prod", "nag": "1"}
    app = App(context=context, outdir=str(folder))
    build(app)
    app.synth()  # raises when cdk-nag finds something
    return Assembly(
        data=_template(folder, "Postrider-prod-Data"),
        service=_template(folder, "Postrider-prod"),
        findings=json.loads((folder / "validation-report.json").read_text()),
    )


def _template(folder: Path, name: str) -> Template:
    path = folder / f"{name}.template.json"
    return Template(name, path, json.loads(path.read_text()))

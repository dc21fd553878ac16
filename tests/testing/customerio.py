"""Clients of Customer.io's App API and Track API; each answer is checked against the contract and its additions."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from postrider.credentials.model import FORMATS
from tests.contract.conformance import resolve
from tests.testing.factories.accounts import Owner
from tests.testing.harness import Answer, Api

CONTRACTS = Path(__file__).parents[1] / "contract"
CONTRACT, ADDED = CONTRACTS / "customerio.openapi.json", CONTRACTS / "customerio_added.openapi.json"
APP, TRACK = "customerio", "customerio-track"


@cache
def customerio_contract() -> dict[str, Any]:
    """Return the published contract with the operations that are added to it."""
    document: dict[str, Any] = json.loads(CONTRACT.read_text())
    added = json.loads(ADDED.read_text())
    for path, methods in added["paths"].items():
        document["paths"].setdefault(path, {}).update(methods)
    for kind, entries in added["components"].items():
        document["components"].setdefault(kind, {}).update(entries)
    return document


@dataclass(frozen=True)
class CustomerioApi:
    """A caller of one of the two APIs, with the whole value of its header."""

    api: str
    authorization: str

    def call(self, method: str, path: str, **options: Any) -> Answer:
        headers = {"Authorization": self.authorization, **options.pop("headers", {})}
        answer = Api().call(method, path, headers=headers, **options)
        check(method, path, answer, is_track=self.api == TRACK)
        return answer

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, json=body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PUT", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.call("DELETE", path, **options)


def make_client(owner: Owner, api: str = APP) -> CustomerioApi:
    made = owner.api.post("/credentials", json={"dialect": api}).json
    return CustomerioApi(api, FORMATS[api].header_value(made["data"]["public"], made["secret"]))


def check(method: str, path: str, answer: Answer, *, is_track: bool = False) -> None:
    """Raise AssertionError for an answer that the contract does not describe."""
    document = customerio_contract()
    declared = _operation(path).get(method.lower(), {}).get("responses", {}).get(str(answer.status))
    content = resolve(document, declared).get("content") if declared else None
    if declared is None:
        assert answer.status >= 400, f"{method} {path} does not answer {answer.status}"
        error = "MetaError" if answer.status == 401 else "MetaErrors" if is_track else "Error"
        schema = {"$ref": f"#/components/schemas/{error}"}
    elif not content:
        assert answer.text in ("", "null"), answer.text
        return
    else:
        schema = content["application/json"]["schema"]
    validator = Draft202012Validator(schema | {"components": document["components"]})
    problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json)]
    assert not problems, (answer.text, problems)


def _operation(path: str) -> dict[str, Any]:
    """Return the methods of the path in the contract that fits with the fewest parameters; none for an unknown path."""
    parts = path.strip("/").split("/")
    fitting = [
        template
        for template in customerio_contract()["paths"]
        if len(names := template.strip("/").split("/")) == len(parts)
        and all(name.startswith("{") or name == part for name, part in zip(names, parts, strict=True))
    ]
    best = min(fitting, key=lambda template: template.count("{"), default=None)
    path_item: dict[str, Any] = customerio_contract()["paths"].get(best, {})
    return path_item

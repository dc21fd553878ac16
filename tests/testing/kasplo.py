"""A client of the Kasplo API; every answer is checked against the contract."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.contract.conformance import contract, resolve
from tests.testing.factories.accounts import Owner
from tests.testing.harness import Answer, Api

CONTRACT = Path(__file__).parents[1] / "contract" / "kasplo.openapi.json"


@dataclass(frozen=True)
class KasploApi:
    sid: str
    key: str

    def call(self, method: str, resource: str, **options: Any) -> Answer:
        headers = {"api-key": self.key, **options.pop("headers", {})}
        path = f"/audience/v1/{self.sid}/{resource}"
        answer = Api().call(method, path, headers=headers, **options)
        check(method, resource.strip("/"), answer)
        return answer

    def get(self, resource: str, **query: Any) -> Answer:
        return self.call("GET", resource, query=query)

    def post(self, body: Any) -> Answer:
        return self.call("POST", "contact", json=body)


def make_client(owner: Owner) -> KasploApi:
    made = owner.api.post("/credentials", json={"dialect": "kasplo"}).json
    return KasploApi(made["data"]["public"], made["secret"])


def check(method: str, resource: str, answer: Answer) -> None:
    """Raise AssertionError for an answer that the contract does not describe."""
    document = contract(CONTRACT)
    operation = document["paths"].get(f"/audience/v1/{{sid}}/{resource}", {}).get(method.lower(), {})
    declared = operation.get("responses", {}).get(str(answer.status))
    if declared is None:
        assert answer.status >= 400, f"{method} {resource} does not answer {answer.status}"
        schema = {"$ref": f"#/components/schemas/{'TagErrorBody' if resource == 'tag' else 'ErrorBody'}"}
    else:
        schema = resolve(document, declared)["content"]["application/json"]["schema"]
    validator = Draft202012Validator(
        schema | {"components": document["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json)]
    assert not problems, (answer.text, problems)

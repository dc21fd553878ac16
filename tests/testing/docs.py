"""A client of the Docs Marketing API; each answer is checked against the contract."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.contract.conformance import contract, resolve
from tests.testing.factories.accounts import Owner
from tests.testing.harness import Answer, Api

CONTRACT = Path(__file__).parents[1] / "contract" / "docs.openapi.json"
ROOT = "/3.0"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
JSON, PROBLEM_JSON = "application/json; charset=utf-8", "application/problem+json; charset=utf-8"


@cache
def docs_contract() -> dict[str, Any]:
    """Return the contract with whole paths: its own begin below the root, except for those with servers of their own."""
    document = contract(CONTRACT)
    paths = {
        path if "servers" in methods else f"{ROOT}{path}".rstrip("/"): methods
        for path, methods in document["paths"].items()
    }
    return document | {"paths": paths}


@dataclass(frozen=True)
class DocsApi:
    """A caller with this header."""

    authorization: str

    def call(self, method: str, path: str, **options: Any) -> Answer:
        """Make a call to a path below the root."""
        headers = {"Authorization": self.authorization, **options.pop("headers", {})}
        answer = Api().call(method, f"{ROOT}{path}", headers=headers, **options)
        check(method, f"{ROOT}{path}", answer, is_partial="fields" in str(options.get("query")))
        return answer

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, json=body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PUT", path, json=body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PATCH", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.call("DELETE", path, **options)


def make_key(owner: Owner, **options: Any) -> str:
    key: str = owner.api.post("/credentials", json={"dialect": "docs", **options}).json["secret"]
    return key


def make_client(owner: Owner) -> DocsApi:
    return DocsApi(f"Bearer {make_key(owner)}")


def check(method: str, path: str, answer: Answer, *, is_partial: bool = False) -> None:
    """Raise AssertionError for an answer that the contract does not describe. A partial answer may lack any member."""
    assert answer.headers["x-request-id"], "every answer has the id of the call"
    if answer.status in (204, 304):
        assert answer.text == ""
        assert "content-type" not in answer.headers
        return
    document = docs_contract()
    if answer.status >= 400:
        assert answer.headers["content-type"] == PROBLEM_JSON
        schema = PROBLEM
        assert answer.json["status"] == answer.status
    else:
        assert answer.headers["content-type"] == JSON
        declared = _operation(path)[method.lower()]["responses"][str(answer.status)]
        schema = resolve(document, declared)["content"]["application/json"]["schema"]
    validator = Draft202012Validator(
        schema | {"components": document["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    problems = [
        error for error in validator.iter_errors(answer.json) if not (is_partial and error.validator == "required")
    ]
    assert not problems, (answer.text, [f"{error.json_path}: {error.message}" for error in problems])


def _operation(path: str) -> dict[str, Any]:
    """Return the methods of the path in the contract that fits with the fewest parameters."""
    parts = path.partition("?")[0].strip("/").split("/")
    fitting = [
        template
        for template in docs_contract()["paths"]
        if len(names := template.strip("/").split("/")) == len(parts)
        and all(name.startswith("{") or name == part for name, part in zip(names, parts, strict=True))
    ]
    methods: dict[str, Any] = docs_contract()["paths"][min(fitting, key=lambda template: template.count("{"))]
    return methods

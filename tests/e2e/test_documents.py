"""Calls that schemathesis makes up from the documents of all APIs, to the deployed platform."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from infra.openapi import DIALECTS, KASPLO, MAIN
from postrider.kit.wire_ids import hex32
from tests.testing.factories.accounts import Owner
from tests.testing.factories.full_account import BODY_IDS, populate
from tests.testing.harness import Answer, Api

pytestmark = pytest.mark.hypothesis

load_all_checks()
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = max(2, settings().max_examples // 20)
"""Calls of each operation: two in a usual run, more in `make test-deep`."""
EMAIL, PASSWORD = "made-up@example.com", "correct horse battery staple"
CALL_TIMEOUT_S = 60


@cache
def _client() -> httpx.Client:
    """A client takes longer to make than a call: it reads the certificates of the system."""
    return httpx.Client(timeout=CALL_TIMEOUT_S)


class HttpApi(Api):
    """The client of the factories, over HTTP."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(token)
        self._url = url

    def call(self, method: str, path: str, *, json: Any = None, query: Any = None, **options: Any) -> Answer:
        assert not options, "not needed yet"
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = _client().request(method, self._url + path, json=json, params=query, headers=headers)
        return Answer(answer.status_code, dict(answer.headers), answer.text, [])


@dataclass(frozen=True)
class DeployedOwner(Owner):
    url: str

    @property
    def api(self) -> Any:
        return HttpApi(self.url, self.token)


@dataclass(frozen=True)
class Target:
    """An account with one object of each kind, in terms of one of the APIs."""

    url: str
    headers: dict[str, str]
    ids: dict[str, Any]
    statuses: dict[str, set[int]]
    """By operation, those of its answers."""


@pytest.fixture(scope="module")
def targets(local_stack, deployment) -> dict[str, Target]:
    """An account of its own on the deployment, by the names of the APIs."""
    user = local_stack.create_owner(EMAIL, PASSWORD)
    form = {"username": EMAIL, "password": PASSWORD}
    token = _client().post(f"{deployment.url}/token", data=form).json()["access_token"]
    owner = DeployedOwner(user["account_id"], user["user_id"], EMAIL, token, deployment.url)
    ids = populate(owner, _log_delivery)
    targets = {MAIN: Target(deployment.url, {"Authorization": f"Bearer {token}"}, ids, {})}
    for name in DIALECTS.keys() - {MAIN}:
        made = owner.api.post("/credentials", json={"dialect": name}).json
        known = {"newsletter_id": ids["campaign_id"], "content_id": ids["campaign_id"]}
        if name == KASPLO:
            known = {"sid": made["data"]["public"], "list_id": hex32(ids["list_id"])}
        targets[name] = Target(deployment.url, {made["header"]: made["header_value"]}, known, {})
    return targets


def _log_delivery(owner: Owner, webhook_id: str) -> str:
    """Call the webhook, which cannot be reached, and return the id of the attempt."""
    answer = owner.api.post(f"/webhooks/{webhook_id}/send-test")
    assert answer.status == 200, answer.text
    return str(answer.json["delivery_id"])


def _operations() -> list[Any]:
    """Return all operations, deletions last, so that the others find their objects."""
    parameters = []
    for name, about in DIALECTS.items():
        schema = schemathesis.openapi.from_dict(json.loads(about.file.read_text(encoding="utf-8")))
        operations = [result.ok() for result in schema.get_all_operations()]
        parameters += [pytest.param(name, operation, id=operation.label) for operation in operations]
    return sorted(parameters, key=lambda parameter: "DELETE" in str(parameter.id))


OPERATIONS = _operations()


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_no_call_is_a_fault_and_each_answer_fits_the_document(targets, name: str, operation: APIOperation):
    target = targets[name]
    ids = {key: target.ids[key] for key in re.findall(r"{(\w+)}", operation.path) if key in target.ids}
    made_up, known = operation.as_strategy(), operation.as_strategy(path_parameters=ids)
    statuses = target.statuses.setdefault(operation.label, set())

    @settings(max_examples=EXAMPLES)
    @given(case=known | made_up if ids else made_up, has_known_ids=st.booleans())
    def call(case: schemathesis.Case, has_known_ids: bool) -> None:
        if has_known_ids:
            case.body = _with_ids(case.body, target.ids)
        response = case.call(base_url=target.url, headers=target.headers, timeout=CALL_TIMEOUT_S)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    call()


@pytest.mark.parametrize("text", ["%0Ax", "x%0Ay", "%00", "%E2%80%A8", "a%3Fb", "%25", "%C2%8A", "%F4%8F%BF%BF"])
def test_any_text_in_the_place_of_an_id_is_refused_as_an_id(targets, text):
    target = targets[MAIN]
    for path in (f"/tasks/{text}", f"/tags/{text}", f"/campaigns/{text}", f"/logs/campaigns/1/exports/{text}/download"):
        answer = _client().get(target.url + path, headers=target.headers)
        assert answer.status_code in (400, 422), (path, answer.text)


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE"])
def test_a_method_that_a_path_does_not_have_is_refused(targets, method):
    target = targets[MAIN]
    answer = _client().request(method, f"{target.url}/lists", headers=target.headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_enough_of_the_calls_were_taken(targets):
    """Calls that are all refused prove little."""
    statuses = targets[MAIN].statuses
    taken = [label for label, seen in statuses.items() if min(seen, default=500) < 300]
    assert len(taken) > 0.4 * len(statuses), sorted(statuses.keys() - set(taken))


def _with_ids(body: Any, ids: dict[str, Any], owner: str = "") -> Any:
    """Return the body with the ids of the account in place of those that were made up."""
    if isinstance(body, list):
        return [_with_ids(value, ids, owner) for value in body]
    if not isinstance(body, dict):
        return body
    known = {name: name if name in BODY_IDS else f"{owner}.{name}" for name in body}
    return {
        name: ids[known[name]] if known[name] in ids.keys() & BODY_IDS else _with_ids(value, ids, name)
        for name, value in body.items()
    }

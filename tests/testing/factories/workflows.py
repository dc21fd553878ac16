"""Workflows and their actions, made over HTTP."""

from typing import Any

from tests.testing.factories.accounts import Owner
from tests.testing.factories.campaigns import HTML
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.harness import Answer


def make_workflow(owner: Owner, *, list_id: int | None = None, **fields: Any) -> str:
    """Make a workflow without actions, and return its id."""
    body = {"name": "Greeting", "audience": {"list_id": list_id or make_list(owner)}, **fields}
    answer = owner.api.post("/workflows", json=body)
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


def action_body(owner: Owner, **fields: Any) -> dict[str, Any]:
    """Return the body of an action that can be activated."""
    settings = {"content": {"subject": "Hello [email]", "html": HTML}, "sender": {"id": make_sender(owner)}}
    return {"name": "Mail", "condition": "none", "delay": 0, "type": "email", "email_settings": settings, **fields}


def make_action(owner: Owner, workflow_id: str, **fields: Any) -> str:
    answer = owner.api.post(f"/workflows/{workflow_id}/actions", json=action_body(owner, **fields))
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


def make_active_workflow(owner: Owner, **fields: Any) -> str:
    """Make an active workflow with an action, and return its id."""
    workflow_id = make_workflow(owner, **fields)
    make_action(owner, workflow_id)
    answer = owner.api.post(f"/workflows/{workflow_id}/activate")
    assert answer.status == 200, answer.text
    return workflow_id


def refusal(answer: Answer) -> tuple[str, list[str] | None]:
    """Return the code and the place of a refused call."""
    assert answer.status == 400, answer.text
    return answer.json["detail"][0]["type"], answer.json["detail"][0].get("loc")

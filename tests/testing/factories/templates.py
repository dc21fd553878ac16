"""Templates, made over HTTP."""

from typing import Any

from tests.testing.factories.accounts import Owner
from tests.testing.factories.campaigns import HTML


def make_template(owner: Owner, **fields: Any) -> int:
    """Make a template, and return its id."""
    body = {"name": "Receipt", "content": {"type": "html", "subject": "Thank you", "html": HTML}, **fields}
    answer = owner.api.post("/templates", json=body)
    assert answer.status == 201, answer.text
    return int(answer.json["id"])

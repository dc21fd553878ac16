"""Forms, made over HTTP, and what their visitors do."""

import re
from typing import Any

from tests.testing.factories.accounts import Owner
from tests.testing.factories.lists import make_list
from tests.testing.harness import Answer, Api


def make_form(owner: Owner, *, list_id: int | None = None, **fields: Any) -> str:
    """Make a form that people can use, and return its id."""
    body = {"name": "Website", "content": {}, "language": "en", "list_id": list_id or make_list(owner), **fields}
    answer = owner.api.post("/forms", json=body)
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


def sign_up(form_id: str, email: str, *, source_ip: str = "198.51.100.7", **fields: Any) -> Answer:
    return Api().post(f"/subscribe/{form_id}", form={"email": email, **fields}, source_ip=source_ip)


def mails_to(platform: Any, email: str) -> list[dict[str, Any]]:
    """Process all requests, and return the mails to an address, the newest first."""
    platform.drain("add-contacts", "mail-links")
    mails: list[dict[str, Any]] = platform.aws.ses.mailbox.latest(to=email)
    return mails


def confirmation_path(mail: dict[str, Any]) -> str:
    """Return the path of the link in a confirmation mail."""
    link = re.search(r"https://[^/\s]+(/confirm/[\w-]+)", mail["text"])
    assert link is not None, mail["text"]
    return link[1]

"""An account with a confirmed sender, and a quiet local SES."""

import email
import email.policy
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest

from tests.conftest import Platform
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.lists import make_sender
from tests.testing.harness import Answer


@dataclass(frozen=True)
class Shop:
    """An account that sends receipts."""

    owner: Owner
    sender_id: str
    platform: Platform

    def address(self, name: str = "ada") -> str:
        """Return an address that no other test uses."""
        return f"{name}-{uuid.uuid4().hex[:10]}@example.com"

    def post(self, to: str, *, key: str | None = None, **fields: Any) -> Answer:
        """Order a mail; `fields` replace members of the body, and `content` members of the content."""
        content = {
            "subject": "Your receipt",
            "encoding": "utf-8",
            **(fields.pop("content", None) or {"html": "<p>Thanks</p>"}),
        }
        body = {"email": to, "sender": {"id": self.sender_id}, "content": content, **fields}
        return self.owner.api.post("/emails", json=body, headers={"Idempotency-Key": key} if key else {})

    def send(self, to: str, **fields: Any) -> int:
        """Order a mail and send it; return its id."""
        answer = self.post(to, **fields)
        assert answer.status == 201, answer.text
        self.platform.drain("send-transactional")
        return int(answer.json["data"]["id"])

    def received(self, to: str) -> list[EmailMessage]:
        """Return the mails that arrived at the address, newest first."""
        mailbox = self.platform.aws.ses.mailbox
        return [_parsed(mailbox.raw(mail["id"])) for mail in mailbox.latest(to=to)]

    def log(self, log_type: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.owner.api.get("/logs/emails", query={"log_type": log_type, **query})
        assert answer.status == 200, answer.text
        return list(answer.json["data"])


def _parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
def shop(platform: Platform) -> Shop:
    owner = make_owner()
    return Shop(owner, make_sender(owner), platform)

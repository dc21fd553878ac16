"""A list of contacts, and the settings of its mail and pages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postrider.senders.model import Sender

DELETING = "deleting"
"""The status of a list that is hidden while what it holds is deleted."""


@dataclass(frozen=True, kw_only=True)
class ContactList:
    """`status` is active, archived or deleting; `redirections` and `webhook` are as the owner gave them.

    A list without a default sender has its confirmation mails sent by the platform. With `open_attributes`, an unknown
    name of an attribute comes into being when an API that names no attributes beforehand uses it.
    """

    id: int
    account_id: str
    name: str
    status: str
    default_sender_id: str | None
    created_at: datetime
    updated_at: datetime
    language: str = "en_US"
    policy_accepted: bool = False
    open_attributes: bool = False
    redirections: dict[str, Any] = field(default_factory=dict)
    webhook: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ListView:
    """A list with its default sender; None when it has none, or the sender does not exist."""

    contact_list: ContactList
    sender: Sender | None

"""Define a list of contacts, with the settings of its mail and pages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postrider.senders.model import Sender

DELETING = "deleting"
"""The status of a hidden list whose data is being deleted."""


@dataclass(frozen=True, kw_only=True)
class ContactList:
    """A list. `status` is active, archived or deleting; `redirections` and `webhook` are stored as the owner has given them.

    The platform sends the confirmation mails of a list without a default sender. With `open_attributes`, APIs without
    definitions of attributes create an attribute at its first use.
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
    settings: dict[str, Any] = field(default_factory=dict)
    """Values of other APIs that no rule reads, such as the postal identity of the list and defaults of its campaigns."""


@dataclass(frozen=True, kw_only=True)
class ListView:
    """A list with its default sender; None if the list has none, or the sender does not exist."""

    contact_list: ContactList
    sender: Sender | None

"""Define the queue message of a link that a stranger asks for. It holds the login as it was typed, which may be nobody's."""

from typing import Literal

from pydantic import BaseModel

from postrider.users.model import LinkPurpose


class MailLink(BaseModel):
    """Mail a link of this purpose to the user with this login, if there is one who can use it."""

    kind: Literal["mail_link"] = "mail_link"
    purpose: LinkPurpose
    email: str
    language: str | None = None

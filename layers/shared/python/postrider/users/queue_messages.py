"""Define the queue message of a link that a visitor requests. It has the typed login, which may be unknown."""

from typing import Literal

from pydantic import BaseModel

from postrider.users.model import LinkPurpose


class MailLink(BaseModel):
    """A request to mail a link of this purpose to the user with this login, if the user exists and can use it."""

    kind: Literal["mail_link"] = "mail_link"
    purpose: LinkPurpose
    email: str
    language: str | None = None

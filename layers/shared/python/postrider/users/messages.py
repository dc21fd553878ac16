"""Define the queue message of a link that a stranger asks for. It holds the login as it was typed, which may be nobody's."""

from pydantic import BaseModel

from postrider.users.model import LinkPurpose

MAIL_LINKS = "mail-links"


class MailLink(BaseModel):
    """Mail a link of this purpose to the user with this login, if there is one who can use it."""

    purpose: LinkPurpose
    email: str
    language: str | None = None

"""Define a sign-up that waits for its confirmation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from postrider.contacts.model import ConsentRecord

LINK_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """The origin of a sign-up or of a confirmation; "" when unknown."""

    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """A sign-up with a form. Its values and its consent are stored with the contact when its own link confirms it.

    Its id begins with the id of the form. Attributes and interests are stored by name, since the list may change meanwhile.
    """

    id: str
    account_id: str
    list_id: int
    contact_id: int
    attributes: dict[str, str]
    interests: list[str]
    consent: ConsentRecord
    created_at: datetime


def form_id_of(sign_up_id: str) -> str:
    return sign_up_id.partition(".")[0]

"""Define a sign-up that waits for its confirmation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LINK_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """A sign-up with a form. Its values are stored on the contact when its own link confirms it.

    Its id begins with the id of the form. Attributes and interests are stored by name, since the list may change meanwhile.
    """

    id: str
    account_id: str
    list_id: int
    contact_id: int
    attributes: dict[str, str]
    interests: list[str]
    created_at: datetime


def form_id_of(sign_up_id: str) -> str:
    return sign_up_id.partition(".")[0]

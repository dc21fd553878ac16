"""The page of the link that confirms a sender's address. The secret in the link is the credential."""

from typing import Annotated

from functions.pages.requests import page
from postrider import bootstrap
from postrider.forms import pages
from postrider.http import Depends, Operations, Response
from postrider.http.main.dialect import MAIN
from postrider.senders.confirmation import SenderConfirmation

operations = Operations("Public page", MAIN)
Confirmation = Annotated[SenderConfirmation, Depends(bootstrap.sender_confirmation)]


@operations.page("/confirm-sender/{secret}", "Ask before confirming a sender")
def ask_sender(confirmation: Confirmation, secret: str) -> Response[str]:
    """Return the question without changing anything, since scanners open every link of a mail."""
    sender = confirmation.sender_of_link(secret)
    return page(pages.render_sender_confirmation(sender.language or "en", sender.email), account_id=sender.account_id)


@operations.post("/confirm-sender/{secret}", "Confirm a sender's address", public=True, errors=())
def confirm_sender_address(confirmation: Confirmation, secret: str) -> Response[str]:
    sender = confirmation.confirm(secret)
    return page(pages.render_sender_confirmed(sender.language or "en"), account_id=sender.account_id)

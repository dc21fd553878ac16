"""Define the queue message of a confirmation request. It has only ids."""

from typing import Literal

from pydantic import BaseModel


class MailConfirmationRequest(BaseModel):
    """A request to mail the confirmation link to a contact, unless its consent has changed since the request.

    `consent_number` is the consent number of the contact at the request; `sign_up_id` is empty without a form. `import_id`
    is the import that caused the request, or empty: an import that runs twice enqueues requests with different `id`s.
    """

    kind: Literal["request_confirmation"] = "request_confirmation"
    account_id: str
    list_id: int
    contact_id: int
    consent_number: int
    sign_up_id: str = ""
    import_id: str = ""
    id: str = ""

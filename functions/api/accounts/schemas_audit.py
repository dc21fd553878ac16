"""Define requests and responses: the audit log."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.http.envelopes import CursorPageOf
from postrider.http.main.wire import Unix


class ChangeFullResponse(BaseModel):
    id: str
    time: Unix
    user_id: Annotated[str, Field(description="The user who made the change.")]
    user_account_id: Annotated[str, Field(description="The account that the user belongs to.")]
    email: Annotated[str, Field(description="Email of the user, or of the user who created the credential.")]
    token_id: Annotated[str, Field(description="Id of the token or credential; it is not secret.")]
    ip: Annotated[str | None, Field(description="The IP address of the call.")]
    api: Annotated[str, Field(description='The API of the call: "main", or the API of the credential.')]
    noun: Annotated[str, Field(description='The noun of the right for the change: "lists" of "lists:write".')]
    method: Annotated[str, Field(description="The HTTP method of the call.")]
    route: Annotated[str, Field(description='The operation, e.g. "/lists/{list_id}".')]
    path: Annotated[
        str, Field(description="The path of the call, or the route if the path contained an email address.")
    ]


ChangesResponse = CursorPageOf[ChangeFullResponse]

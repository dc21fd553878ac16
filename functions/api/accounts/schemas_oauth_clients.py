"""Define requests and responses: OAuth clients."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.http.envelopes import PageOf
from postrider.http.main.wire import Unix

Scope = Annotated[str, Field(max_length=64)]
RedirectUri = Annotated[str, Field(min_length=1, max_length=500)]


class CreateOAuthClient(BaseModel):
    name: Annotated[
        str, Field(min_length=1, max_length=64, description="The name that users see when they are asked for access.")
    ]
    redirect_uris: Annotated[
        list[RedirectUri],
        Field(
            min_length=1,
            max_length=10,
            description="Where users are sent back to: compared character by character. https, http for the user's own "
            "machine, or a scheme with a dot in it.",
        ),
    ]
    scopes: Annotated[
        list[Scope] | None,
        Field(
            min_length=1,
            max_length=50,
            description="The rights that it may request, e.g. contacts:read; by default all rights of programs.",
        ),
    ] = None
    public: Annotated[
        StrictBool,
        Field(description="true: it runs on devices of its users, has no secret, and must use PKCE."),
    ] = False


class OAuthClientFullResponse(BaseModel):
    client_id: Annotated[str, Field(description="The id of the program in its requests for access.")]
    name: str
    redirect_uris: Annotated[list[str], Field(description="Where users are sent back to.")]
    scopes: Annotated[list[str], Field(description="The rights that it may request.")]
    public: Annotated[bool, Field(description="true: it has no secret, and must use PKCE.")]
    created_on: Unix


class CreateOAuthClientResponse(BaseModel):
    """The only answer with the secret."""

    id: str
    created: bool
    object: Literal["oauth_client"]
    data: OAuthClientFullResponse
    client_secret: Annotated[
        str | None,
        Field(description="The secret. It is shown once and cannot be read again; null for a public client."),
    ]
    authorize_url: Annotated[str, Field(description="The URL of the page where users give access.")]
    token_url: Annotated[str, Field(description="The endpoint that exchanges codes for tokens.")]


class DeleteOAuthClientResponse(BaseModel):
    id: str
    object: Literal["oauth_client"]
    deleted: bool


OAuthClientsResponse = PageOf[OAuthClientFullResponse]

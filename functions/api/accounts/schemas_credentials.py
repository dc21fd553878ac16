"""Define requests and responses: credentials."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.envelopes import PageOf
from postrider.http.main.wire import Unix

DialectName = Annotated[Literal["kasplo"], Field(description="The API that the credential is for.")]


class CreateCredential(BaseModel):
    dialect: DialectName
    description: Annotated[str, Field(max_length=255, description="Free text that tells credentials apart.")] = ""


class CredentialFullResponse(BaseModel):
    id: str
    dialect: DialectName
    public: Annotated[str, Field(description="The public half, which a client puts into its URL.")]
    hint: Annotated[str, Field(description="The last characters of the secret half.")]
    description: str
    created_on: Unix


class CreateCredentialResponse(BaseModel):
    """The only answer that holds the secret half."""

    id: str
    created: bool
    object: Literal["credential"]
    data: CredentialFullResponse
    secret: Annotated[str, Field(description="The secret half. It is shown once and cannot be read again.")]
    base_url: Annotated[str, Field(description="The URL that a client is pointed to.")]
    header: Annotated[str, Field(description="The header in which a client sends the secret half.")]


class DeleteCredentialResponse(BaseModel):
    id: str
    deleted: bool
    object: Literal["credential"]


CredentialsResponse = PageOf[CredentialFullResponse]

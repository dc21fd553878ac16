"""Define requests and responses: credentials."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.credentials.model import Kind
from postrider.http.envelopes import PageOf
from postrider.http.main.wire import Unix

Scope = Annotated[str, Field(max_length=64)]
DialectName = Annotated[
    Literal["kasplo", "customerio", "customerio-track", "docs"],
    Field(description="The API that the credential is for."),
]
AnyDialectName = Annotated[
    Literal["kasplo", "customerio", "customerio-track", "docs", "main"],
    Field(description="The API that the credential is for; main is this one."),
]


class CreateCredential(BaseModel):
    dialect: DialectName
    name: Annotated[str, Field(max_length=64, description="A short name of the credential.")] = ""
    description: Annotated[
        str, Field(max_length=255, description="Free text, for example the program that uses it.")
    ] = ""
    scopes: Annotated[
        list[Scope] | None,
        Field(min_length=1, max_length=50, description="Its rights, e.g. contacts:write; by default all rights."),
    ] = None


class CredentialFullResponse(BaseModel):
    id: str
    dialect: AnyDialectName
    kind: Annotated[
        Kind,
        Field(
            description="key: a secret alone. pair: a public and a secret half. user: a name and a secret. "
            "oauth: a token that a user gave to a program."
        ),
    ]
    client_id: Annotated[str | None, Field(description="The OAuth client that has the token; null for other kinds.")]
    public: Annotated[
        str | None, Field(description="The public half, which a client sends beside the secret one; null for a key.")
    ]
    hint: Annotated[str, Field(description="The last characters of the secret half.")]
    name: str
    description: str
    scopes: Annotated[list[str], Field(description='Its rights; "user" means all rights.')]
    created_on: Unix
    last_used_on: Annotated[Unix | None, Field(description="The last use, to the hour; null before the first use.")]


class CreateCredentialResponse(BaseModel):
    """The only answer with the secret half."""

    id: str
    created: bool
    object: Literal["credential"]
    data: CredentialFullResponse
    secret: Annotated[str, Field(description="The secret half. It is shown once and cannot be read again.")]
    base_url: Annotated[str, Field(description="The base URL for clients.")]
    header: Annotated[str, Field(description="The header in which a client sends the secret half.")]
    header_value: Annotated[str, Field(description="The complete value of this header. It contains the secret half.")]


class DeleteCredentialResponse(BaseModel):
    id: str
    deleted: bool
    object: Literal["credential"]


CredentialsResponse = PageOf[CredentialFullResponse]

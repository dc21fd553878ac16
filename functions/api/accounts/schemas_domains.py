"""Define requests and responses: DKIM keys and domains."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from functions.api.accounts.dns_records import DnsRecordResponse, DomainInstructionResponse
from functions.api.accounts.schemas_accounts import Domains
from postrider.domains.keys import MAX_KEY_CHARS
from postrider.domains.model import KeyStatus, Signing
from postrider.domains.rules import MAX_DOMAIN_CHARS, MAX_SELECTOR_CHARS
from postrider.http.envelopes import Data

SIGNING = (
    "own: a key of this platform, or of yours (private_key), one TXT record. "
    "ses: keys of Amazon SES, one TXT and three CNAME records."
)


class CreateDkim(BaseModel):
    domain: Annotated[
        str,
        Field(json_schema_extra={"maxLength": MAX_DOMAIN_CHARS}, description="The domain from which mails are sent."),
    ]
    selector: Annotated[
        Annotated[str, Field(json_schema_extra={"maxLength": MAX_SELECTOR_CHARS})] | None,
        Field(description="DKIM selector; generated if it is missing."),
    ] = None
    signing: Annotated[Signing | None, Field(description=SIGNING)] = Signing.OWN
    private_key: Annotated[
        Annotated[str, Field(json_schema_extra={"maxLength": MAX_KEY_CHARS})] | None,
        Field(
            description="A private RSA key of your own, of 1024 to 2048 bits, as PEM or base64; the selector is then needed. "
            "It is made here when left out. No answer shows it."
        ),
    ] = None


class DkimKeyFullResponse(BaseModel):
    id: int
    status: Annotated[
        KeyStatus | None,
        Field(
            description="unverified: DNS lacks the record. pending: Amazon SES looks for it. active: it signs mails. "
            "replaced: it signs no longer."
        ),
    ]
    selector: Annotated[str, Field(description="DKIM selector; empty for keys of Amazon SES.")]
    domain: Annotated[str, Field(description="The domain from which mails are sent, in A-labels.")]
    public_key: Annotated[str, Field(description="Key material for the DNS TXT record; empty for keys of Amazon SES.")]
    signing: Annotated[Signing, Field(description=SIGNING)]
    records: Annotated[list[DnsRecordResponse], Field(description="The DNS records to publish.")]
    problem: Annotated[
        str | None, Field(description="Why the key is not used yet, apart from its records; null without a reason.")
    ]


class CreateDkimResponse(BaseModel):
    object: Literal["dkim"]
    created: bool
    data: DkimKeyFullResponse


class DeleteDkimKeyResponse(BaseModel):
    object: Literal["dkim"]
    deleted: bool
    data: DkimKeyFullResponse


class DkimKeysResponse(BaseModel):
    data: list[DkimKeyFullResponse]


class DomainsFullResponse(BaseModel):
    """The domains of an account; an unset domain is an empty text."""

    auth: Annotated[
        str, Field(description="The domain for which mails are authenticated: the domain of the oldest active key.")
    ]
    bounce: Annotated[str, Field(description="Domain of the envelope sender.")]
    dkim: Annotated[str, Field(description="Name of the DNS record of the oldest active key.")]
    tracking: Annotated[str, Field(description="Base URL of tracked links.")]


class PatchDomains(BaseModel):
    domains: Domains


class PatchDomainsResponse(BaseModel):
    object: Literal["domains"]
    patched: bool
    data: DomainsFullResponse


class DomainsInstructionResponse(BaseModel):
    bounce: Annotated[list[DomainInstructionResponse], Field(description="Records of the domain of bounces.")]
    tracking: Annotated[list[DomainInstructionResponse], Field(description="The record of the domain of links.")]
    dmarc: Annotated[
        list[DomainInstructionResponse], Field(description="The DMARC record of each domain with an active key.")
    ]


DkimKeyResponse = Data[DkimKeyFullResponse]
DomainsResponse = Data[DomainsFullResponse]


class ValidateDomainsResponse(BaseModel):
    data: DomainsInstructionResponse

"""Render DNS records: the record to publish, the values found, and their problem."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.domains.dns_records import entry_of
from postrider.domains.model import CheckedRecord, ExpectedDnsRecord, Problem

Entry = Annotated[str, Field(description="The record to publish, as a line of a zone file.")]


class DnsRecordResponse(BaseModel):
    """A record to publish. `found_values`, `valid`, `problem` and `hint` are null if DNS was not queried."""

    entry: Entry
    valid: Annotated[bool | None, Field(description="Whether DNS has the record.")]
    type: Annotated[str, Field(description="TXT, CNAME or MX.")]
    name: Annotated[str, Field(description="The complete name of the record.")]
    value: Annotated[str, Field(description="Its value, without quotes.")]
    found_values: Annotated[list[str] | None, Field(description="The values that DNS has at the name.")]
    problem: Annotated[Problem | None, Field(description="The problem; null if the record is right.")]
    hint: Annotated[str | None, Field(description="The problem and its solution, as text.")]


class DomainInstructionResponse(DnsRecordResponse):
    """A record that was looked up."""

    valid: Annotated[bool, Field(description="Whether DNS has the record.")]


def unchecked(record: ExpectedDnsRecord) -> DnsRecordResponse:
    return DnsRecordResponse(**_fields(record), found_values=None, valid=None, problem=None, hint=None)


def checked(record: CheckedRecord) -> DomainInstructionResponse:
    return DomainInstructionResponse(
        **_fields(record.expected),
        found_values=list(record.found_values),
        valid=record.is_valid,
        problem=record.problem,
        hint=record.hint,
    )


def _fields(record: ExpectedDnsRecord) -> dict[str, str]:
    return {"entry": entry_of(record), "type": record.kind, "name": record.name, "value": record.value}

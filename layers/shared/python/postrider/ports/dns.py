"""Define the port that looks up records in DNS."""

from typing import Literal, Protocol

RecordType = Literal["A", "AAAA", "CNAME", "MX", "NS", "TXT"]


class DnsUnanswered(Exception):
    """No name server answered in time: it is unknown whether the record exists."""


class DnsResolver(Protocol):
    def look_up(self, name: str, kind: RecordType) -> tuple[str, ...]:
        """Return the values of all records of this type at the name, which may be empty. Raises DnsUnanswered.

        A TXT value is the text of the record, its strings joined and without the quotes of zone files. Names in values are
        in lower case and without a dot at the end: "mx.example.com" for CNAME, "10 mx.example.com" for MX.
        """
        ...

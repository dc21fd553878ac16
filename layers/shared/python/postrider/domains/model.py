"""Define DKIM keys, claims of domains, and DNS records with their problems."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto

from postrider.ports.dns import RecordType


class Signing(StrEnum):
    """The origin of the key. `OWN`: this platform, and SES imports it (BYODKIM). `SES`: SES itself (Easy DKIM)."""

    OWN = "own"
    SES = "ses"


class KeyStatus(StrEnum):
    """The status of a key: UNVERIFIED until DNS has its record, PENDING until SES has found it, ACTIVE, REPLACED."""

    UNVERIFIED = auto()
    PENDING = auto()
    ACTIVE = auto()
    REPLACED = auto()


@dataclass(frozen=True, kw_only=True)
class DkimKey:
    """A key for the mails of a domain (A-labels). `public_key` is empty for keys of SES, `tokens` for own keys.

    `encrypted_key` is the private half until SES has imported it; it is never shown.
    """

    id: int
    account_id: str
    domain: str
    selector: str
    signing: Signing
    status: KeyStatus
    created_at: datetime
    public_key: str = ""
    encrypted_key: str | None = None
    tokens: Sequence[str] = ()
    verified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DomainClaim:
    """The account that has proved by DNS that it owns a domain, and the record (`proof_…`) of this proof.

    `verified_at` is the moment since which SES accepts mails from the domain. `key_id` is the key that signs them.
    """

    domain: str
    account_id: str
    key_id: int
    proof_name: str
    proof_type: RecordType
    proof_value: str
    claimed_at: datetime
    verified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ExpectedDnsRecord:
    """A record that a customer has to publish. `domain` is the presumed zone of the name."""

    kind: RecordType
    name: str
    value: str
    domain: str


class Problem(StrEnum):
    """A problem of a record."""

    UNANSWERED = auto()
    MISSING = auto()
    DOUBLED_DOMAIN = auto()
    DOUBLED_TARGET = auto()
    WRONG_HOST = auto()
    WRONG_TYPE = auto()
    QUOTES = auto()
    SPLIT = auto()
    SEVERAL = auto()
    OTHER_VALUE = auto()
    NOT_USED = auto()


@dataclass(frozen=True, kw_only=True)
class CheckedRecord:
    """An expected record, the values found at its name, and their problem; `hint` is the solution."""

    expected: ExpectedDnsRecord
    found_values: tuple[str, ...]
    problem: Problem | None = None
    hint: str | None = None

    @property
    def is_valid(self) -> bool:
        return self.problem is None

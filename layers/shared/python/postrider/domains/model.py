"""Define DKIM keys, claims of domains, and DNS records with the state in which they were found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto

from postrider.ports.dns import RecordType


class Signing(StrEnum):
    """The maker of the key: `OWN` is this platform, and SES imports it (BYODKIM); `SES` is SES itself (Easy DKIM)."""

    OWN = "own"
    SES = "ses"


class KeyStatus(StrEnum):
    """`UNVERIFIED` until DNS has the record, `PENDING` until SES has seen it, `ACTIVE` while it signs, then `REPLACED`."""

    UNVERIFIED = auto()
    PENDING = auto()
    ACTIVE = auto()
    REPLACED = auto()


@dataclass(frozen=True, kw_only=True)
class DkimKey:
    """A key for the mails of a domain (A-labels). `public_key` is empty for keys of SES, `tokens` for own ones.

    `encrypted_key` is the private half until SES has taken it; nothing shows it.
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
    """The account that has shown by DNS that a domain is its own, and the record (`proof_…`) that showed it.

    `verified_at` is the moment since which SES takes mails from the domain. `key_id` is the key that signs them.
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
class ExpectedRecord:
    """A record that a customer has to publish. `domain` is the zone that the name belongs to, as far as it is known."""

    kind: RecordType
    name: str
    value: str
    domain: str


class Problem(StrEnum):
    """The fault of a record."""

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
    """An expected record, the values found at its name, and the problem with them; `hint` says what to do about it."""

    expected: ExpectedRecord
    found_values: tuple[str, ...]
    problem: Problem | None = None
    hint: str | None = None

    @property
    def is_valid(self) -> bool:
        return self.problem is None

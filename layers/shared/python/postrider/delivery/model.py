"""Runs of mail sources, their blocks of recipients, and the row of each recipient."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from postrider.kit.provider_domains import OTHER
from postrider.mail_events.source import MailSource


class RunState(StrEnum):
    """The state of a run: SENDING until all recipients are counted (DONE), or until a cancellation (ENDING, then ENDED)."""

    SENDING = "sending"
    DONE = "done"
    ENDING = "ending"
    ENDED = "ended"


class Outcome(StrEnum):
    """The outcome of a row. CLAIMED: its sender is working, or crashed. UNKNOWN: the mail may have been sent; no retry."""

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


FINAL = (Outcome.SENT, Outcome.FAILED, Outcome.SKIPPED, Outcome.UNKNOWN)
MAY_HAVE_LEFT = (Outcome.SENT, Outcome.UNKNOWN, Outcome.CLAIMED)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A start of a source with the frozen revision of its content, its frozen audience and the number of blocks.

    `ordered_at` is when its work was last enqueued, `checked_at` when the sweeper last checked its progress.
    `mail_may_have_left` is set before the first recipient is claimed. `recipients` counts the recipients of planned blocks, only
    if the run has a limit (`RunLimit`).
    """

    account_id: str
    source: MailSource
    run_id: str
    list_id: int
    revision: int
    audience: Mapping[str, Any]
    blocks: int
    state: RunState
    began_at: datetime
    ordered_at: datetime | None = None
    checked_at: datetime | None = None
    parked_until: datetime | None = None
    mail_may_have_left: bool = False
    blocks_done: int = 0
    recipients: int = 0
    ended_at: datetime | None = None

    @property
    def key(self) -> "RunKey":
        return RunKey(self.account_id, self.source, self.run_id)


@dataclass(frozen=True, order=True)
class RunKey:
    account_id: str
    source: MailSource
    run_id: str


class SliceKind(StrEnum):
    """The outcomes of slices. SUPPRESSED: skipped because of a suppression. The values are stored."""

    SENT = "s"
    FAILED = "f"
    SKIPPED = "k"
    SUPPRESSED = "p"
    UNKNOWN = "u"


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """Recipients with one outcome, decided in one hour (since 1970), of one variant of the content (0: without variants).

    Its text, e.g. `s496512.17`, is its name in the item of a block; it is short, because this item must remain small.
    """

    kind: SliceKind
    hour: int
    variant: int = 0

    @classmethod
    def parse(cls, text: str) -> "Slice":
        """Return the slice with this text."""
        hour, _, variant = text[1:].partition(".")
        return cls(SliceKind(text[0]), int(hour), int(variant or 0))

    def __str__(self) -> str:
        return f"{self.kind}{self.hour}.{self.variant}" if self.variant else f"{self.kind}{self.hour}"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Numbers of recipients by outcome.

    `sent_by_minute` (since 1970) and `sent_by_domain` (of large mailbox providers, see `kit.mailbox_domains`) divide the
    recipients with a sent mail. `slices` has all recipients except those with a sent mail without variants.
    """

    sent: int = 0
    failed: int = 0
    skipped: int = 0
    unknown: int = 0
    sent_by_minute: Mapping[int, int] = field(default_factory=dict, compare=False)
    sent_by_domain: Mapping[str, int] = field(default_factory=dict, compare=False)
    slices: Mapping[Slice, int] = field(default_factory=dict, compare=False)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            sent=self.sent + other.sent,
            failed=self.failed + other.failed,
            skipped=self.skipped + other.skipped,
            unknown=self.unknown + other.unknown,
            sent_by_minute=Counter(self.sent_by_minute) + Counter(other.sent_by_minute),
            sent_by_domain=Counter(self.sent_by_domain) + Counter(other.sent_by_domain),
            slices=Counter(self.slices) + Counter(other.slices),
        )

    @property
    def by_outcome(self) -> dict[str, int]:
        """Return the numbers by the names of their outcomes."""
        return {outcome.value: getattr(self, outcome) for outcome in FINAL}

    @property
    def sent_by_hour(self) -> Counter[int]:
        """Return the number of mails sent by hour since 1970."""
        hours: Counter[int] = Counter()
        for minute, sent in self.sent_by_minute.items():
            hours[minute // 60] += sent
        return hours

    @property
    def total(self) -> int:
        return self.sent + self.failed + self.skipped + self.unknown


@dataclass(frozen=True, kw_only=True)
class RunTotals:
    """The counters of a run. They are complete if all blocks are planned and planned = sent + failed + skipped + unknown.

    `underway` is the number of mails sent in chunks that are not counted yet.
    """

    planned: int
    tally: Tally
    blocks: int
    blocks_planned: int
    underway: int = 0
    parked_until: datetime | None = None

    @property
    def sent(self) -> int:
        """Return the number of mails sent so far, including uncounted chunks."""
        return self.tally.sent + self.underway

    def sent_by_hour(self, now: datetime) -> Counter[int]:
        """Return the number of mails sent so far by hour since 1970; those of uncounted chunks are in the present hour."""
        return self.tally.sent_by_hour + Counter({int(now.timestamp()) // 3600: self.underway})

    def may_follow(self, expected: int) -> int:
        """Return the number of mails that the run may still send; it has `expected` recipients at least until it is planned."""
        recipients = self.planned if self.blocks_planned == self.blocks else max(self.planned, expected)
        return max(0, recipients - self.tally.total - self.underway)

    @property
    def complete(self) -> bool:
        return self.blocks_planned == self.blocks and self.planned == self.tally.total


@dataclass(frozen=True, kw_only=True)
class Block:
    """The recipients of a run in a block of contact ids; `tally` counts the chunks in `chunks_done`.

    `version` grows when the outcome of a counted recipient changes. `underway` has the number of mails sent by chunk, which
    is stored while the chunk is being sent.
    """

    number: int
    bitmap: bytes
    tally: Tally = field(default_factory=Tally)
    chunks_done: frozenset[int] = frozenset()
    done: bool = False
    ordered: bool = False
    progressed_at: datetime | None = None
    version: int = 0
    underway: Mapping[int, int] = field(default_factory=dict)

    @property
    def sent_uncounted(self) -> int:
        """Return the number of mails sent in chunks that are not counted yet."""
        return sum(sent for chunk, sent in self.underway.items() if chunk not in self.chunks_done)


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """The claim and the outcome of a recipient of a source; a recipient has at most one row.

    `domain` is the domain of the address if `kit.mailbox_domains` has it. `variant` is the id of the variant of the content
    for the recipient, 0 if the content has no variants.
    """

    contact_id: int
    run_id: str
    claim: str
    outcome: Outcome
    claim_until: datetime | None = None
    reason: str | None = None
    message_id: str | None = None
    sent_at: datetime | None = None
    domain: str = OTHER
    variant: int = 0

    def became(self, outcome: Outcome, **changes: Any) -> "LedgerRow":
        """Return the row with another outcome."""
        return replace(self, outcome=outcome, **changes)

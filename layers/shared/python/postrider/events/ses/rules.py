"""From SES's words to ours: kinds of bounces, and whose mail it was; pure.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
https://www.iana.org/assignments/smtp-enhanced-status-codes
"""

import re
from dataclasses import dataclass

from postrider.events.ses.model import Fact, Mail, Place


@dataclass(frozen=True)
class BounceKind:
    """`code` is the contract's two letters; a hard one ends mailing to the contact at once."""

    code: str
    hard: bool = False


HARD = BounceKind("hb", hard=True)
SOFT = BounceKind("sb")
NO_DOMAIN = BounceKind("df", hard=True)
NO_DNS_NOW = BounceKind("df")
FULL = BounceKind("fm")
BLOCKED = BounceKind("mb")
TRANSIENT = BounceKind("tr")
CHALLENGE = BounceKind("cr")
MOVED = BounceKind("ac", hard=True)
AUTO_REPLY = BounceKind("ar")

_BY_SUB_TYPE = {
    "MailboxFull": FULL,
    "MessageTooLarge": TRANSIENT,
    "CustomTimeoutExceeded": TRANSIENT,
    "ContentRejected": BLOCKED,
    "AttachmentRejected": BLOCKED,
    "OnAccountSuppressionList": HARD,
    "Suppressed": HARD,
    "UnsubscribedRecipient": HARD,
}

_TEXTS: tuple[tuple[re.Pattern[str], BounceKind], ...] = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (r"out of (the )?office|auto-?repl|automatic reply|vacation|abwesenheit", AUTO_REPLY),
        (r"challenge|confirm that you are|verify your(self| message)|boxbe|spamarrest", CHALLENGE),
        (r"address (has )?changed|has moved|new address|no longer (at|with) this", MOVED),
        (r"over ?quota|quota exceeded|mailbox (is )?full|insufficient storage", FULL),
        (r"no (such )?(mx|host|domain)|(host|domain)( name)? not found|nxdomain|unrouteable", NO_DOMAIN),
        (r"block(ed|list)|blacklist|spam|reputation|policy|denied|spf|dkim|dmarc|rbl|banned", BLOCKED),
    )
)

_BY_STATUS = {
    "1.2": NO_DOMAIN,
    "1.6": MOVED,
    "1.10": NO_DOMAIN,
    "2.2": FULL,
    "4.3": NO_DNS_NOW,
    "4.4": NO_DOMAIN,
}
"""Subject and detail of an enhanced status code (RFC 3463), without its class."""

MAX_TEXT_CHARS = 500
_ADDRESS = re.compile(r"<?[^\s<>@,;:()\[\]\"']{1,64}@[^\s<>@,;:()\[\]\"']{1,255}>?")

_BLOCK_SUBJECT = "7."


def kind_of_bounce(fact: Fact) -> BounceKind:
    """The kind; what only says that it failed for now is soft or transient, never hard."""
    found = _BY_SUB_TYPE.get(fact.sub_kind) or _by_status(fact.status) or _by_text(fact.diagnostic)
    if fact.kind == "Permanent":
        return found or HARD
    if found is not None and found.hard:
        # SES itself says that it may pass: the address stays.
        return BounceKind(found.code)
    if found is None and fact.status.startswith("4.4"):
        return TRANSIENT
    return found or SOFT


def _by_status(status: str) -> BounceKind | None:
    subject = status.partition(".")[2]
    return _BY_STATUS.get(subject) or (BLOCKED if subject.startswith(_BLOCK_SUBJECT) else None)


def _by_text(diagnostic: str) -> BounceKind | None:
    return next((kind for words, kind in _TEXTS if words.search(diagnostic[:1000])), None)


def without_addresses(text: str) -> str:
    """What a mail server said, without the address it said it about: rows of the log hold none."""
    return _ADDRESS.sub("<...>", text[:MAX_TEXT_CHARS])


def place_of(mail: Mail) -> Place:
    """Raises ValueError when the tags do not name a recipient of a campaign."""
    numbers = {name: mail.tag(name) for name in ("account", "campaign", "contact", "list")}
    if not all(value.isascii() and value.isdecimal() for name, value in numbers.items() if name != "list" or value):
        raise ValueError("the mail's tags name no recipient of a campaign")
    return Place(
        account_id=numbers["account"],
        campaign_id=int(numbers["campaign"]),
        contact_id=int(numbers["contact"]),
        list_id=int(numbers["list"]) if numbers["list"] else None,
        run_id=mail.tag("run"),
    )

"""Classify bounces that SES reports, and read the tags of mails; pure.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
https://www.iana.org/assignments/smtp-enhanced-status-codes
"""

import re
from dataclasses import dataclass, replace

from postrider.mail_events.model import EventType
from postrider.mail_events.ses.model import Mail, MailTags, RecipientEvent
from postrider.mail_events.source import MailSource, SourceKind


@dataclass(frozen=True)
class BounceClass:
    """A class of bounces; after a hard bounce, the contact is not mailed again."""

    type: EventType
    hard: bool = False

    @property
    def kind(self) -> str:
        """The type of the bounce in the contact."""
        return self.type.removeprefix("bounced_")


HARD = BounceClass(EventType.BOUNCED_HARD, hard=True)
SOFT = BounceClass(EventType.BOUNCED_SOFT)
NO_DOMAIN = BounceClass(EventType.BOUNCED_NO_DOMAIN, hard=True)
NO_DNS_NOW = BounceClass(EventType.BOUNCED_NO_DOMAIN)
FULL = BounceClass(EventType.BOUNCED_MAILBOX_FULL)
BLOCKED = BounceClass(EventType.BOUNCED_BLOCKED)
TRANSIENT = BounceClass(EventType.BOUNCED_TRANSIENT)
CHALLENGE = BounceClass(EventType.BOUNCED_CHALLENGED)
MOVED = BounceClass(EventType.BOUNCED_ADDRESS_CHANGED, hard=True)
AUTO_REPLY = BounceClass(EventType.BOUNCED_AUTO_REPLY)

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

_TEXTS: tuple[tuple[re.Pattern[str], BounceClass], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), bounce)
    for pattern, bounce in (
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


def bounce_class_of(event: RecipientEvent) -> BounceClass:
    """Return the class of a bounce; it is hard only if SES reports the bounce as permanent."""
    bounce = _BY_SUB_TYPE.get(event.bounce_sub_type) or _by_status(event.status) or _by_text(event.diagnostic)
    if event.bounce_type == "Permanent":
        return bounce or HARD
    if bounce is not None:
        return replace(bounce, hard=False)
    return TRANSIENT if event.status.startswith("4.4") else SOFT


def _by_status(status: str) -> BounceClass | None:
    subject = status.partition(".")[2]
    return _BY_STATUS.get(subject) or (BLOCKED if subject.startswith(_BLOCK_SUBJECT) else None)


def _by_text(diagnostic: str) -> BounceClass | None:
    return next((bounce for pattern, bounce in _TEXTS if pattern.search(diagnostic[:1000])), None)


def without_addresses(text: str) -> str:
    """Return the answer of a mail server without addresses, which are not stored in the log."""
    return _ADDRESS.sub("<...>", text[:MAX_TEXT_CHARS])


def tags_of(mail: Mail) -> MailTags:
    """Read the tags of a mail. Raises ValueError if they do not name a recipient of a mail source."""
    ids = {name: mail.tag(name) for name in ("account", "source", "contact", "list", "entry", "variant")}
    optional = ("list", "entry", "variant")
    if not all(value.isascii() and value.isdecimal() for name, value in ids.items() if name not in optional or value):
        raise ValueError("The tags of the mail do not name a recipient of a mail source.")
    return MailTags(
        account_id=ids["account"],
        source=MailSource(SourceKind(mail.tag("kind")), int(ids["source"]), int(ids["entry"] or 0)),
        contact_id=int(ids["contact"]),
        list_id=int(ids["list"]) if ids["list"] else None,
        run_id=mail.tag("run"),
        variant=int(ids["variant"] or 0),
    )

"""Contents, people and links for the tests of mail content."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from postrider.content.compile import compile_content
from postrider.content.compiled import Compiled, ContentSource, Options, Rendered
from postrider.content.compose import Composer, MessageFrame, MessageParts
from postrider.content.links import MailLinks
from postrider.content.merge_tags import Frame, Person
from postrider.content.preview import render
from postrider.content.vocabulary import Vocabulary
from postrider.mail_events.source import MailSource
from postrider.tracking.tokens import Tokens

NOW = datetime(2026, 3, 1, 14, 5, 9, tzinfo=UTC)
TOKENS = Tokens(b"r" * 32)
BASE = "https://t.example.com"
VOCABULARY = Vocabulary.of({"name": "text", "city": "text", "age": "integer", "site": "text"})
UNTRACKED = Options(opens=False, clicks_html=False, clicks_text=False)
FRAME = Frame(
    sender_name="Ann",
    sender_email="ann@news.example.com",
    list_name="Readers",
    company={"COMPANY_NAME": "ACME", "ADDRESS": "1 Main St", "CITY": "Springfield", "COUNTRY": "US"},
)


def compiled(options: Options = UNTRACKED, vocabulary: Vocabulary = VOCABULARY, **source: Any) -> Compiled:
    return compile_content(ContentSource(**source), options, vocabulary)


def person(email: str = "jo@example.com", contact: Any = None, **fields: str) -> Person:
    return Person(email=email, fields=fields, contact=contact)


def links() -> MailLinks:
    return MailLinks.of(TOKENS, BASE, account_id="12", source=MailSource.campaign(34), list_id=56, contact_id=789)


def merged(content: Compiled, to: Person | None, **how: Any) -> Rendered:
    return render(content, frame=FRAME, now=NOW, person=to, **how)


def text_of(text: str, to: Person | None, **source: Any) -> str:
    """A text content, merged, without the line break that ends it."""
    return merged(compiled(text=text, **source), to).text.rstrip("\n")


def html_of(html: str, to: Person | None, **source: Any) -> str:
    content = merged(compiled(html=html, **source), to)
    assert content.html is not None
    return content.html


def sending(**changes: Any) -> MessageFrame:
    return MessageFrame(**{"frame": FRAME, "host": "news.example.com", "list_id": 56, **changes})


def raw_message(content: Compiled, to: Person, parts: MessageParts = MessageParts.BOTH, **changes: Any) -> bytes:
    return Composer(content, sending(**changes), parts=parts).message(to, links(), now=NOW, reference="34-789")


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


def body(message: EmailMessage, kind: str) -> str:
    """The text of a part, with plain line ends."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")

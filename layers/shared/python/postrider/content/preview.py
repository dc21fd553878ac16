"""Render a content before it is sent: previews and test mails."""

from datetime import datetime
from enum import StrEnum
from html import escape

from postrider.content.compile import compile_content
from postrider.content.compiled import Compiled, ContentSource, Options, Rendered
from postrider.content.compose import Composer, MessageFrame, MessageParts
from postrider.content.links import PlainLinks
from postrider.content.merge_tags import Frame, Links, Merging, Person
from postrider.content.vocabulary import Vocabulary


class TrialKind(StrEnum):
    """TestEmailType of the API: one message with both parts, or one message for each."""

    MERGED = "merged"
    SEPARATED = "separated"


def render(
    compiled: Compiled, *, frame: Frame, now: datetime, person: Person | None = None, links: Links | None = None
) -> Rendered:
    """Return the merged parts. Without a person, tags are empty; without `links`, links lead straight to their targets.

    Raises Invalid if the content cannot be merged for this person.
    """
    merging = Merging(person, frame, links or PlainLinks([link.target for link in compiled.links]), now)
    merging.subject = compiled.subject.render(merging)
    return Rendered(
        subject=merging.subject,
        html=None if compiled.html is None else compiled.html.render(merging),
        text=compiled.text.render(merging),
        warnings=compiled.warnings,
    )


def render_alone(source: ContentSource, *, frame: Frame, now: datetime, vocabulary: Vocabulary | None = None) -> str:
    """Return the HTML of a content that belongs to no list; a text alone as preformatted text.

    Tags of attributes are empty when `vocabulary` names them, and stay as
    they are written without one. Raises Invalid if the content cannot be compiled.
    """
    rendered = render(compile_content(source, Options(), vocabulary or Vocabulary()), frame=frame, now=now)
    return f"<pre>{escape(rendered.text)}</pre>" if rendered.html is None else rendered.html


def trial_messages(
    compiled: Compiled,
    sending: MessageFrame,
    kind: TrialKind,
    *,
    person: Person,
    links: Links,
    now: datetime,
    reference: str,
) -> list[bytes]:
    """Return the test messages for `person`. Raises Invalid as Composer does."""
    separated = kind is TrialKind.SEPARATED and compiled.html is not None
    return [
        Composer(compiled, sending, parts=parts).message(person, links, now=now, reference=f"{reference}-{number}")
        for number, parts in enumerate((MessageParts.HTML, MessageParts.TEXT) if separated else (MessageParts.BOTH,))
    ]

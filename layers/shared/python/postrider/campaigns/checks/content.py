"""Checks of the content as a recipient would see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from postrider.campaigns.checks.model import Finding, question
from postrider.content import markup
from postrider.content.compiled import MAX_SHOWN_BYTES, Compiled
from postrider.content.merge_tags import (
    BUILT_IN_FIELDS,
    CompanyTag,
    FieldTag,
    PageLink,
    Person,
    PostalAddress,
    PublicPage,
)

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.campaigns.checks.audience import AudienceSample
    from postrider.mails.rendering import TrialMail

_UNSUBSCRIBE_PAGES = (PublicPage.UNSUBSCRIBE, PublicPage.GLOBAL_UNSUBSCRIBE)
ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
"""https://www.rfc-editor.org/rfc/rfc8058#section-3.1"""


def findings(html: str | None, trial: TrialMail, *, has_postal_address: bool) -> Iterator[Finding]:
    """Yield the faults of a content that is independent of the recipient."""
    compiled = trial.compiled
    yield from _headers(trial.headers)
    if not _shows(compiled, lambda piece: isinstance(piece, PageLink) and piece.page in _UNSUBSCRIBE_PAGES):
        message = "The mail has no unsubscribe link that every recipient sees. Put [UNSUBSCRIBE] into a link."
        yield question("unsubscribe_link_missing", message, "content")
    if not has_postal_address:
        message = (
            "The account has no postal address, which many laws require in every marketing email; set it with PATCH "
            "/accounts/self."
        )
        yield question("no_postal_address", message)
    elif not _shows(compiled, lambda piece: isinstance(piece, PostalAddress) or piece == CompanyTag("ADDRESS")):
        message = "The mail does not show the postal address of the account. Put [CLIENTS.ADDRESS] into it."
        yield question("postal_address_not_shown", message, "content")
    size = len(trial.html.encode())
    if size > MAX_SHOWN_BYTES:
        message = (
            f"With its tracked links the HTML has {size // 1024} KB. Gmail cuts mails off after 102 KB: shorten it."
        )
        yield question("html_too_long", message, "content", "html", count=size)
    without_alt = sum(token.name == "img" and token.attribute("alt") is None for token in markup.tokens(html or ""))
    if without_alt:
        message = f"{without_alt} images have no `alt` text, which is shown when images are not. Add one to each image."
        yield question("images_without_alt", message, "content", "html", count=without_alt)


def empty_fields(compiled: Compiled, people: Sequence[Person], sample: AudienceSample) -> Iterator[Finding]:
    """Yield the merge tags without a fallback that are empty for some recipients. Tags inside conditions are left out."""
    for part, template in (("subject", compiled.subject), ("html", compiled.html), ("text", compiled.text)):
        if template is None or (part == "text" and compiled.html is not None):
            continue
        names = dict.fromkeys(
            piece.name
            for piece in template.pieces
            if isinstance(piece, FieldTag) and not piece.fallback and piece.name not in BUILT_IN_FIELDS
        )
        empty = Counter(name for person in people for name in names if not person.field(name))
        for name in names:
            if empty[name]:
                count = sample.scaled(empty[name])
                message = (
                    f"The tag [{name}] of the {part} is empty for {sample.about(count)} of the recipients. Give it a "
                    f"fallback: [{name},…]."
                )
                yield question("merge_field_empty", message, "content", part, count=count)


def _headers(headers: str) -> Iterator[Finding]:
    lines = headers.split("\r\n")
    url = next((line for line in lines if line.startswith("List-Unsubscribe:")), "")
    if ONE_CLICK not in lines or "<https://" not in url:
        message = (
            "The mail has no header to unsubscribe with one click over https, which Gmail and Yahoo require. Its operator "
            "has to serve the public address of this platform over https."
        )
        yield question("one_click_missing", message)


def _shows(compiled: Compiled, fits: Callable[[object], bool]) -> bool:
    """Return whether the main part has a piece that `fits` outside of conditions, so that every recipient sees it."""
    template = compiled.html or compiled.text
    return any(fits(piece) for piece in template.pieces)
